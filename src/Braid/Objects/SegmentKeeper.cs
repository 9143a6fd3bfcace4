namespace Braid.Objects;

/// <summary>
/// The driver's shell around the <see cref="ObjectLedger"/>: serializes its callers, finalizers among them, and carries out its commands on
/// one background worker at a time, so that no caller waits for a disk.
/// </summary>
internal sealed class SegmentKeeper(SegmentStore store)
{
    private readonly Lock _gate = new();

    /// <summary>Guarded by <see cref="_gate"/>.</summary>
    private readonly ObjectLedger _ledger = new(store.Usage.MemoryBudget);

    /// <summary>Values that nothing can reach are found by a collection: it is asked for before they fill the budget.</summary>
    private readonly MappingPressure _pressure = new(store.Usage.MemoryBudget / 8);

    /// <summary>Commands not yet carried out, in order. Guarded by <see cref="_gate"/>.</summary>
    private readonly Queue<LedgerCommand> _work = [];

    /// <summary>Guarded by <see cref="_gate"/>.</summary>
    private bool _working;

    /// <summary>Guarded by <see cref="_gate"/>.</summary>
    private bool _stopped;

    /// <summary>Set by <see cref="StopAsync"/> where it waits for the work. Guarded by <see cref="_gate"/>.</summary>
    private TaskCompletionSource? _quiet;

    /// <summary>The segments that some value answers for: what else a lost worker left is nobody's. Guarded by <see cref="_gate"/>.</summary>
    private readonly HashSet<SegmentId> _kept = [];

    public long BytesInMemory
    {
        get
        {
            lock (_gate)
                return _ledger.BytesInMemory;
        }
    }

    public long BytesOnDisk
    {
        get
        {
            lock (_gate)
                return _ledger.BytesOnDisk;
        }
    }

    /// <summary>Takes the segments of a value; <see cref="Release"/> ends that.</summary>
    public StoredValue Keep(ReadOnlySpan<BufferRef> buffers)
    {
        var lengths = new Dictionary<SegmentId, long>();
        foreach (var buffer in buffers)
            lengths[buffer.Segment] = Math.Max(lengths.GetValueOrDefault(buffer.Segment), buffer.Offset + buffer.Length);
        var value = new StoredValue([.. lengths.Select(pair => new StoredSegment(pair.Key, pair.Value))]);
        lock (_gate)
        {
            foreach (var segment in lengths.Keys)
                _kept.Add(segment);
            _ledger.Add(value);
            TakeCommands();
        }

        _pressure.Add(BytesOf(value));
        return value;
    }

    public void Release(StoredValue value)
    {
        lock (_gate)
        {
            if (_stopped)
                return;
            foreach (var segment in value.Segments)
                _kept.Remove(segment.Id);
            _ledger.Release(value);
            TakeCommands();
        }

        _pressure.Remove(BytesOf(value));
    }

    /// <summary>Moves the older half of what is in memory to disk.</summary>
    public void Relieve()
    {
        lock (_gate)
        {
            if (_stopped)
                return;
            _ledger.Relieve();
            TakeCommands();
        }
    }

    /// <summary>Clears away what a lost worker had made and told nobody of.</summary>
    public void Lost(int creator)
    {
        // Under the gate, so that the directories do not go meanwhile.
        lock (_gate)
        {
            if (!_stopped)
                store.DeleteUnknown(creator, _kept.Contains);
        }
    }

    /// <summary>The store is about to go with all that is in it: nothing is begun any more, and what is under way is waited for.</summary>
    public async Task StopAsync()
    {
        lock (_gate)
        {
            _stopped = true;
            _work.Clear();
            if (!_working)
                return;
            _quiet = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        await _quiet.Task.ConfigureAwait(false);
    }

    private static long BytesOf(StoredValue value)
    {
        var bytes = 0L;
        foreach (var segment in value.Segments)
            bytes += segment.Bytes;
        return bytes;
    }

    private void TakeCommands()
    {
        foreach (var command in _ledger.Commands)
        {
            // At once where it is a rename: the next value, perhaps a moment away, then finds the pages of this one.
            if (command.Kind != LedgerCommandKind.Delete || !TryRecycle(command.Value))
                _work.Enqueue(command);
        }

        _ledger.Commands.Clear();
        if (_working || _work.Count == 0)
            return;
        _working = true;
        ThreadPool.UnsafeQueueUserWorkItem(static keeper => keeper.Work(), this, preferLocal: false);
    }

    private void Work()
    {
        while (true)
        {
            LedgerCommand command;
            lock (_gate)
            {
                if (!_work.TryDequeue(out command))
                {
                    _working = false;
                    _quiet?.SetResult();
                    return;
                }
            }

            if (command.Kind == LedgerCommandKind.Delete)
                Delete(command.Value);
            else
                Spill(command.Value);
        }
    }

    /// <summary>False when some segment of it is left to be deleted.</summary>
    private bool TryRecycle(StoredValue value)
    {
        foreach (var segment in value.Segments)
        {
            if (segment.Bytes < RecycledSegments.BytesMin || !store.TryRecycle(segment.Id))
                return false;
        }

        return true;
    }

    private void Delete(StoredValue value)
    {
        foreach (var segment in value.Segments)
            store.Delete(segment.Id);
    }

    private void Spill(StoredValue value)
    {
        var spilled = true;
        try
        {
            foreach (var segment in value.Segments)
            {
                if (!segment.Id.BornOnDisk)
                    store.Spill(segment.Id);
            }
        }
        catch (Exception e) when (e is IOException or ObjectStoreFullException or UnauthorizedAccessException)
        {
            // The value stays where it is; the ledger counts the failure and stops trying until there is room.
            spilled = false;
        }

        lock (_gate)
        {
            if (spilled)
                _ledger.Spilled(value);
            else
                _ledger.SpillFailed(value);
            TakeCommands();
        }
    }
}
