using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Braid.Mpi;

/// <summary>Something awaited that <see cref="Progress"/> asks for, in the order in which it was handed over.</summary>
internal interface IAwaited
{
    /// <summary>Whether it is done; never throws.</summary>
    bool Poll();

    /// <summary>MPI is being finalised under it.</summary>
    void Abandon();
}

/// <summary>
/// Completes awaited operations. MPI has nothing to wait on, so one background thread asks: at once while things happen, then yielding,
/// then sleeping up to 1 ms between rounds; with nothing awaited it blocks and costs nothing.
/// </summary>
internal static partial class Progress
{
    /// <summary>How long after the last completion the thread still polls without sleeping.</summary>
    private static readonly long BusyTicks = Stopwatch.Frequency / 5_000;

    private const uint SleepMicrosecondsMin = 20;
    private const uint SleepMicrosecondsMax = 1_000;

    private static readonly Lock Gate = new();

    /// <summary>Operations handed over and not yet seen by the thread; guarded by <see cref="Gate"/>.</summary>
    private static readonly List<IAwaited> Incoming = [];

    private static readonly SemaphoreSlim Work = new(0);
    private static Thread? _thread;
    private static volatile bool _stopping;

    /// <summary>From now on only the thread touches the operation.</summary>
    public static void Watch(IAwaited operation)
    {
        lock (Gate)
        {
            ObjectDisposedException.ThrowIf(_stopping, typeof(Mpi));
            Incoming.Add(operation);
            if (_thread is null)
            {
                _thread = new(Run) { IsBackground = true, Name = "Braid.Mpi progress" };
                _thread.Start();
            }
        }
        Work.Release();
    }

    public static void Stop()
    {
        Thread? thread;
        lock (Gate)
        {
            _stopping = true;
            thread = _thread;
        }
        Work.Release();
        if (thread is not null && thread != Thread.CurrentThread)
        {
            thread.Join();
        }
    }

    private static void Run()
    {
        var pending = new List<IAwaited>();
        var lastDone = Stopwatch.GetTimestamp();
        var sleep = SleepMicrosecondsMin;
        while (!_stopping)
        {
            if (pending.Count == 0)
            {
                Work.Wait();
            }
            lock (Gate)
            {
                if (Incoming.Count > 0)
                {
                    pending.AddRange(Incoming);
                    Incoming.Clear();
                    lastDone = Stopwatch.GetTimestamp();
                }
            }
            if (pending.RemoveAll(static r => r.Poll()) > 0)
            {
                lastDone = Stopwatch.GetTimestamp();
                sleep = SleepMicrosecondsMin;
            }
            else if (Stopwatch.GetTimestamp() - lastDone < BusyTicks)
            {
                Thread.Yield();
            }
            else
            {
                _ = Sleep(sleep);
                sleep = Math.Min(sleep * 2, SleepMicrosecondsMax);
            }
        }
        foreach (var operation in pending)
        {
            operation.Abandon();
        }
    }

    /// <summary>Thread.Sleep has a step of a millisecond.</summary>
    [LibraryImport("libc", EntryPoint = "usleep")]
    private static partial int Sleep(uint microseconds);
}
