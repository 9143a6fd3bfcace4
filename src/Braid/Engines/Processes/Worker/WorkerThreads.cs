using System.Diagnostics;
using Braid.Execution;

namespace Braid.Engines.Processes.Worker;

/// <summary>
/// Who reads the link and who runs bodies. With one slot the reading thread runs short bodies itself, so that a task costs no switch of
/// threads; a watch passes the reading on to another thread when a body takes longer than a tick, so that cancellations and the driver's
/// death are always heard. With several slots, and for whatever becomes runnable elsewhere, other threads run the bodies.
/// </summary>
internal sealed class WorkerThreads
{
    private const int TickMs = 1;

    /// <summary>After so many quiet ticks the watch sleeps until there is work again.</summary>
    private const int QuietTicksMax = 50;

    /// <summary>While bodies follow one another, the link is read at least this often.</summary>
    private static readonly long ReadAgainTicks = Stopwatch.Frequency / 500;

    /// <summary>The stamp under which this thread runs a body and holds the reading; 0 when it does not.</summary>
    [ThreadStatic]
    private static long _ownStamp;

    /// <summary>Whether this thread takes runnable bodies in a loop, so that nobody needs to be woken for the next.</summary>
    [ThreadStatic]
    private static bool _loops;

    private readonly WorkerRuntime _runtime;
    private readonly bool _runsInline;
    private readonly ThreadCache _cache = new("Braid task");
    private readonly Action _read;
    private readonly Action _execute;
    private readonly AutoResetEvent _wakeWatch = new(false);
    private long _lastStamp;

    /// <summary>Non-zero while the reader runs a body instead of reading: whoever exchanges it for 0 has the reading.</summary>
    private long _stamp;

    private volatile bool _watchSleeps = true;

    public WorkerThreads(WorkerRuntime runtime, int slots)
    {
        _runtime = runtime;
        _runsInline = slots == 1;
        _read = Read;
        _execute = Execute;
    }

    public void Start()
    {
        if (_runsInline)
            new Thread(Watch) { IsBackground = true, Name = "Braid watch" }.Start();
        _cache.Run(_read);
    }

    /// <summary>Whether the calling thread takes the next body by itself, and sends when there is none.</summary>
    public static bool Loops => _loops;

    /// <summary>Something became runnable; sees to it that a thread takes it.</summary>
    public void Runnable(int count)
    {
        if (_loops)
            count--;
        while (count-- > 0)
            _cache.Run(_execute);
    }

    /// <summary>This thread is about to wait inside a body: somebody else must read.</summary>
    public void BeforeWait()
    {
        if (_ownStamp != 0 && TakeReading(_ownStamp))
            _cache.Run(_read);
        _ownStamp = 0;
        _loops = false;
    }

    private void Read()
    {
        _loops = _runsInline;
        while (true)
        {
            var any = _runtime.Receive();
            if (_runsInline && _runtime.TryTake(out var task))
            {
                if (!RunInline(task))
                    return;
            }
            else if (!any)
            {
                _runtime.Flush();
                _runtime.AwaitFrames();
            }
        }
    }

    /// <summary>Runs bodies while there are any: false when the reading went to another thread meanwhile.</summary>
    private bool RunInline(WorkerTask? task)
    {
        var read = Stopwatch.GetTimestamp();
        do
        {
            var stamp = ++_lastStamp;
            _ownStamp = stamp;
            Volatile.Write(ref _stamp, stamp);
            if (_watchSleeps)
                _wakeWatch.Set();
            _runtime.Run(task!);
            _ownStamp = 0;
            if (!TakeReading(stamp))
            {
                Execute();
                return false;
            }

            if (Stopwatch.GetTimestamp() - read > ReadAgainTicks)
            {
                _runtime.Flush();
                return true;
            }
        }
        while (_runtime.TryTake(out task));
        return true;
    }

    private bool TakeReading(long stamp) => Interlocked.CompareExchange(ref _stamp, 0, stamp) == stamp;

    private void Execute()
    {
        _loops = true;
        while (_runtime.TryTake(out var task))
        {
            _runtime.Run(task);
            // A wait inside the body may have taken it for gone.
            _loops = true;
        }

        _loops = false;
        _runtime.Flush();
    }

    /// <summary>Ends the reading of a thread whose body goes on for longer than a tick, and sends what it has not sent.</summary>
    private void Watch()
    {
        long seen = 0;
        for (var quiet = 0; ;)
        {
            if (quiet > QuietTicksMax)
            {
                _watchSleeps = true;
                Interlocked.MemoryBarrier();
                if (Volatile.Read(ref _stamp) == 0)
                    _wakeWatch.WaitOne();
                _watchSleeps = false;
                quiet = 0;
            }

            Thread.Sleep(TickMs);
            var stamp = Volatile.Read(ref _stamp);
            if (stamp != 0 && stamp == seen && TakeReading(stamp))
            {
                _cache.Run(_read);
                _runtime.Flush();
            }

            quiet = stamp == 0 ? quiet + 1 : 0;
            seen = stamp;
        }
    }
}
