namespace Braid.Execution;

/// <summary>Looks every millisecond whether readers that do something else are back (see <see cref="ReadingTurn"/>). Its thread starts when the first one leaves.</summary>
internal sealed class ReadingWatch : IDisposable
{
    private const int TickMs = 1;

    /// <summary>After so many quiet ticks it sleeps until somebody leaves.</summary>
    private const int QuietTicksMax = 50;

    private readonly AutoResetEvent _wake = new(false);
    private readonly Lock _gate = new();

    /// <summary>Replaced as a whole, under <see cref="_gate"/>.</summary>
    private volatile ReadingTurn[] _turns = [];

    private Thread? _thread;
    private volatile bool _sleeps;
    private volatile bool _ended;

    public void Add(ReadingTurn turn)
    {
        lock (_gate)
            _turns = [.. _turns, turn];
    }

    public void Remove(ReadingTurn turn)
    {
        lock (_gate)
            _turns = [.. _turns.Where(other => other != turn)];
    }

    /// <summary>Some reader has left.</summary>
    public void Look()
    {
        if (_thread is null)
            Start();
        if (_sleeps)
            _wake.Set();
    }

    public void Dispose()
    {
        _ended = true;
        _wake.Set();
    }

    private void Start()
    {
        lock (_gate)
        {
            if (_thread is not null)
                return;
            _thread = new Thread(Watch) { IsBackground = true, Name = "Braid watch" };
            _thread.Start();
        }
    }

    private void Watch()
    {
        for (var quiet = 0; !_ended;)
        {
            if (quiet > QuietTicksMax)
            {
                _sleeps = true;
                // Either the watch sees that somebody has left, or who leaves sees that it sleeps.
                Interlocked.MemoryBarrier();
                if (!AnyAway())
                    _wake.WaitOne();
                _sleeps = false;
                quiet = 0;
            }

            Thread.Sleep(TickMs);
            quiet++;
            foreach (var turn in _turns)
            {
                if (turn.Check())
                    quiet = 0;
            }
        }
    }

    private bool AnyAway()
    {
        foreach (var turn in _turns)
        {
            if (turn.IsAway)
                return true;
        }

        return false;
    }
}
