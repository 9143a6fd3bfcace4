using System.Diagnostics;
using Braid.Execution;

namespace Braid.Driver.Lineage;

/// <summary>
/// What the driver remembers of how values in shared memory were made, up to a number of bytes; past it the oldest entries go. Entries are
/// made while the inbox is drained, and removed by the finalizer too.
/// </summary>
internal sealed class LineageBook(long bytesMax)
{
    private readonly Lock _gate = new();

    /// <summary>Guarded by <see cref="_gate"/>.</summary>
    private LineageEntry? _oldest;

    /// <inheritdoc cref="_oldest"/>
    private LineageEntry? _newest;

    /// <inheritdoc cref="_oldest"/>
    private long _bytes;

    public long Bytes
    {
        get
        {
            lock (_gate)
                return _bytes;
        }
    }

    /// <summary>The task has just ended with a value that can be lost.</summary>
    public Lineage Keep(TaskRecord record, TaskSpec spec)
    {
        if (record.Lineage is { } known)
        {
            known.Entry.RetriesLeft = record.RetriesLeft;
            return known;
        }

        return Enter(record, new LineageEntry
        {
            Name = record.Name,
            Options = record.Options,
            Spec = spec.References.Length == 0 ? spec : spec.With([]),
            Sources = SourcesOf(spec.References),
            RetriesLeft = record.RetriesLeft,
            Bytes = LineageEntry.OverheadBytes + spec.Bytes,
        });
    }

    /// <summary>Called by the finalizer of an entry's <see cref="Lineage"/>.</summary>
    public void Remove(LineageEntry entry)
    {
        lock (_gate)
        {
            if (!entry.IsEvicted)
                Unlink(entry);
        }
    }

    private Lineage Enter(TaskRecord record, LineageEntry entry)
    {
        lock (_gate)
        {
            entry.Older = _newest;
            if (_newest is null)
                _oldest = entry;
            else
                _newest.Newer = entry;
            _newest = entry;
            _bytes += entry.Bytes;
            while (_bytes > bytesMax && _oldest is { } oldest)
                Evict(oldest);
        }

        return new Lineage(this, entry, record);
    }

    private LineageSource[] SourcesOf(IObjectState[] references)
    {
        if (references.Length == 0)
            return [];
        var sources = new LineageSource[references.Length];
        for (var i = 0; i < sources.Length; i++)
        {
            if (references[i] is TaskRecord { Lineage: null, Status: ObjectStatus.Ready, Payload: { Buffers.Length: 0 } small } record)
                record.Lineage = EnterSmall(record, small);
            sources[i] = SourceOf(references[i]);
        }

        return sources;
    }

    private static LineageSource SourceOf(IObjectState state) => new(new WeakReference<IObjectState>(state), (state as TaskRecord)?.Lineage);

    /// <summary>A small value cannot be lost, but let go: it costs less to keep it than what made it.</summary>
    private Lineage EnterSmall(TaskRecord record, Payload small) => Enter(record, new LineageEntry
    {
        Name = record.Name,
        Options = record.Options,
        Value = small.References.Length == 0 ? small : small.With([]),
        // References within values are followed one step: what lies further away is there as long as somebody refers to it.
        Sources = [.. small.References.Select(SourceOf)],
        Bytes = LineageEntry.OverheadBytes + small.Bytes.Length,
    });

    /// <summary>Under the gate.</summary>
    private void Evict(LineageEntry entry)
    {
        Unlink(entry);
        entry.IsEvicted = true;
        entry.Spec = null;
        entry.Value = null;
        entry.Sources = [];
    }

    /// <summary>Under the gate.</summary>
    private void Unlink(LineageEntry entry)
    {
        Debug.Assert(!entry.IsEvicted);
        if (entry.Older is null)
            _oldest = entry.Newer;
        else
            entry.Older.Newer = entry.Newer;
        if (entry.Newer is null)
            _newest = entry.Older;
        else
            entry.Newer.Older = entry.Older;
        entry.Older = entry.Newer = null;
        _bytes -= entry.Bytes;
    }
}
