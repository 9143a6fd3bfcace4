using System.Runtime.ExceptionServices;

namespace Braid.Execution;

/// <summary>
/// Continuations of those who awaited a reference, on their way to a thread. They go to the pool, unless the thread that ends the task has said that
/// it has nothing else to do: then it runs a lone one itself, and a call there and back costs one switch of threads less.
/// </summary>
internal static class Wakeups
{
    /// <summary>What became due while this thread collects; null while it does not.</summary>
    [ThreadStatic]
    private static List<Action>? _collected;

    [ThreadStatic]
    private static bool _collects;

    /// <summary>From here to <see cref="TakeLone"/> nothing goes to the pool from this thread. Nothing of a user's may run in between.</summary>
    public static void Collect()
    {
        _collected ??= [];
        _collects = true;
    }

    /// <summary>Ends the collecting: the one continuation that became due, if it was one and <paramref name="wanted"/>. All others are with the pool.</summary>
    public static Action? TakeLone(bool wanted)
    {
        _collects = false;
        var collected = _collected!;
        if (collected.Count == 0)
            return null;
        Action? lone = null;
        if (wanted && collected.Count == 1)
        {
            lone = collected[0];
        }
        else
        {
            foreach (var continuation in collected)
                Queue(continuation);
        }

        collected.Clear();
        return lone;
    }

    /// <summary>Calls a lone one. An awaiter's own never throws; what another throws ends the program, as it would from a thread of the pool.</summary>
    public static void Run(Action lone)
    {
        try
        {
            lone();
        }
        catch (Exception exception)
        {
            Queue(ExceptionDispatchInfo.Capture(exception).Throw);
        }
    }

    public static void Add(Action continuation)
    {
        if (_collects)
            _collected!.Add(continuation);
        else
            Queue(continuation);
    }

    private static void Queue(Action continuation) =>
        ThreadPool.UnsafeQueueUserWorkItem(static continuation => continuation(), continuation, preferLocal: false);
}
