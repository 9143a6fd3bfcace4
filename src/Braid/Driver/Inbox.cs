using Braid.Scheduling;

namespace Braid.Driver;

/// <summary>
/// Serializes events without a thread of its own: whoever posts first drains for all, the others add and go on. A lone event is so
/// handled on its own thread at once, and a crowd of them in batches with one flush.
/// </summary>
internal sealed class Inbox(Action<StructList<DriverEvent>> handle, Action<Exception, StructList<DriverEvent>> crash)
{
    /// <summary>After so many batches the draining thread, which may be a user's, hands over to the pool.</summary>
    private const int RoundsMax = 32;

    private readonly Lock _gate = new();

    /// <summary>Guarded by <see cref="_gate"/>.</summary>
    private StructList<DriverEvent> _waiting = [];

    /// <summary>Whether some thread drains. Guarded by <see cref="_gate"/>.</summary>
    private bool _draining;

    /// <summary>The other list, owned by the draining thread.</summary>
    private StructList<DriverEvent> _spare = [];

    public void Post(in DriverEvent e)
    {
        lock (_gate)
        {
            _waiting.Add(e);
            if (_draining)
                return;
            _draining = true;
        }

        Drain();
    }

    public void Post(StructList<DriverEvent> events)
    {
        lock (_gate)
        {
            _waiting.AddRange(events);
            if (_draining)
                return;
            _draining = true;
        }

        Drain();
    }

    private void Drain()
    {
        for (var round = 0; ; round++)
        {
            StructList<DriverEvent> batch;
            lock (_gate)
            {
                if (_waiting.Count == 0)
                {
                    _draining = false;
                    return;
                }

                if (round < RoundsMax)
                {
                    batch = _waiting;
                    _waiting = _spare;
                    _spare = batch;
                }
                else
                {
                    batch = null!;
                }
            }

            if (batch is null)
            {
                ThreadPool.UnsafeQueueUserWorkItem(static inbox => inbox.Drain(), this, preferLocal: false);
                return;
            }

            try
            {
                handle(batch);
            }
            catch (Exception exception)
            {
                // A fault of Braid's own: nothing that waits may be left waiting.
                crash(exception, batch);
            }

            batch.Clear();
        }
    }
}
