namespace Braid.Objects;

/// <summary>
/// To the collector a mapping, or the hold on a large value, is a tiny object, so a process that takes and drops them might not collect for hours
/// while their memory cannot be freed. This asks for a full collection, in the background, each time that the mapped bytes have grown by a threshold
/// since the last one, or by the size of the managed heap if that is larger: the work stays in proportion.
/// </summary>
/// <remarks>
/// <see cref="GC.AddMemoryPressure"/> is made for this, but starts from a few megabytes: measured, it collects all generations for every single
/// mapping of 4 MiB.
/// </remarks>
internal sealed class MappingPressure(long thresholdBytes)
{
    private readonly Lock _gate = new();

    /// <summary>Guarded by the gate: bytes mapped now.</summary>
    private long _mapped;

    /// <summary>Guarded by the gate: bytes that were mapped at the last collection, less what it has unmapped since.</summary>
    private long _baseline;

    /// <summary>Guarded by the gate: the collections of the oldest generation that were seen.</summary>
    private int _collections;

    public long MappedBytes
    {
        get
        {
            lock (_gate)
                return _mapped;
        }
    }

    public void Add(long bytes)
    {
        lock (_gate)
        {
            var collections = GC.CollectionCount(GC.MaxGeneration);
            if (collections != _collections)
            {
                _collections = collections;
                _baseline = _mapped;
            }

            _mapped += bytes;
            if (_mapped - _baseline < Math.Max(thresholdBytes, GC.GetTotalMemory(forceFullCollection: false)))
                return;
            _baseline = _mapped;
        }

        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
    }

    public void Remove(long bytes)
    {
        lock (_gate)
        {
            _mapped -= bytes;
            _baseline = Math.Min(_baseline, _mapped);
        }
    }
}
