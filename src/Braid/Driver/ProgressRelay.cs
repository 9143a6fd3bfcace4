using Braid.Diagnostics;

namespace Braid.Driver;

/// <summary>
/// Brings what a task reports to the user's <see cref="IProgress{T}"/>, away from the scheduler: a slow listener holds up nobody and sees the
/// latest report next, one at a time and in order.
/// </summary>
internal sealed class ProgressRelay(IProgress<double> listener)
{
    private readonly Lock _gate = new();

    /// <summary>Not yet handed on. Guarded by <see cref="_gate"/>.</summary>
    private double? _latest;

    /// <summary>Whether a thread hands on. Guarded by <see cref="_gate"/>.</summary>
    private bool _running;

    public void Report(double fraction)
    {
        lock (_gate)
        {
            _latest = fraction;
            if (_running)
                return;
            _running = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static relay => relay.HandOn(), this, preferLocal: false);
    }

    private void HandOn()
    {
        while (true)
        {
            double fraction;
            lock (_gate)
            {
                if (_latest is not { } latest)
                {
                    _running = false;
                    return;
                }

                fraction = latest;
                _latest = null;
            }

            Listener.Tell(listener.Report, fraction, "TaskOptions.Progress");
        }
    }
}
