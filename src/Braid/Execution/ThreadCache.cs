using System.Collections.Concurrent;

namespace Braid.Execution;

/// <summary>
/// Threads for bodies of tasks, which may block for as long as they like: kept for a while after use, most recently used first. The
/// thread pool is no place for them, as it adds threads for blocked ones only after long waits.
/// </summary>
/// <param name="name">Of the threads.</param>
internal sealed class ThreadCache(string name)
{
    private static readonly TimeSpan IdleLife = TimeSpan.FromSeconds(10);

    private readonly ConcurrentStack<CachedThread> _idle = new();
    private volatile bool _isClosed;

    public void Run(Action work)
    {
        while (_idle.TryPop(out var idle))
        {
            if (idle.TryUse(work))
                return;
        }

        var thread = new CachedThread(work);
        new Thread(() => Serve(thread)) { IsBackground = true, Name = name }.Start();
    }

    /// <summary>Nothing more is to come: idle threads end at once, busy ones after their work. What comes nevertheless is run.</summary>
    public void Close()
    {
        _isClosed = true;
        while (_idle.TryPop(out var idle))
            idle.TryUse(static () => { });
    }

    private void Serve(CachedThread thread)
    {
        do
        {
            thread.Work();
            thread.BecomeIdle();
            _idle.Push(thread);
        }
        while (thread.AwaitUse(_isClosed ? TimeSpan.Zero : IdleLife));
    }

    private sealed class CachedThread(Action work)
    {
        private const int Idle = 0, Used = 1, Gone = 2;

        private readonly SemaphoreSlim _signal = new(0);
        private int _state = Used;

        /// <summary>Written by whoever takes the thread, before it is signalled.</summary>
        public Action Work { get; private set; } = work;

        /// <summary>Called by whoever popped it, and is so alone with it but for its own giving up.</summary>
        public bool TryUse(Action work)
        {
            Work = work;
            if (Interlocked.CompareExchange(ref _state, Used, Idle) != Idle)
                return false;
            _signal.Release();
            return true;
        }

        public void BecomeIdle() => Volatile.Write(ref _state, Idle);

        public bool AwaitUse(TimeSpan patience)
        {
            if (_signal.Wait(patience))
                return true;
            if (Interlocked.CompareExchange(ref _state, Gone, Idle) == Idle)
                return false;
            _signal.Wait();
            return true;
        }
    }
}
