using Braid.Execution;

namespace Braid.Actors;

/// <summary>The one thread at a time of an actor whose calls interleave: what follows an await comes back here. It has no thread while it is idle.</summary>
internal sealed class ActorPump : SynchronizationContext
{
    private static readonly ThreadCache Threads = new("Braid actor");

    /// <summary>Also the gate of both fields.</summary>
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _posted = new();

    /// <summary>Whether a thread takes what is posted.</summary>
    private bool _running;

    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_posted)
        {
            _posted.Enqueue((d, state));
            if (_running)
                return;
            _running = true;
        }

        Threads.Run(Drain);
    }

    public override void Send(SendOrPostCallback d, object? state)
    {
        if (Current == this)
        {
            d(state);
            return;
        }

        using var done = new ManualResetEventSlim();
        Post(
            _ =>
            {
                d(state);
                done.Set();
            },
            null);
        done.Wait();
    }

    public override SynchronizationContext CreateCopy() => this;

    private void Drain()
    {
        SetSynchronizationContext(this);
        while (true)
        {
            (SendOrPostCallback Callback, object? State) next;
            lock (_posted)
            {
                if (!_posted.TryDequeue(out next))
                {
                    _running = false;
                    break;
                }
            }

            next.Callback(next.State);
        }

        SetSynchronizationContext(null);
    }
}
