using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Braid.Tests.Engines;

/// <summary>Waiting for a condition, with a deadline that only a hang exceeds.</summary>
internal static class Until
{
    /// <summary>For the attribute of a test; a little more than <see cref="Deadline"/>, whose message says more.</summary>
    public const int TestMs = 100_000;

    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    public static async Task TrueAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        for (var started = Stopwatch.GetTimestamp(); !condition(); await Task.Delay(Interval))
        {
            if (Stopwatch.GetElapsedTime(started) > Deadline)
                throw new TimeoutException($"{what} was not so within {Deadline}.");
        }
    }

    /// <summary>The same where a task waits on a worker's thread.</summary>
    public static void True(Func<bool> condition)
    {
        for (var started = Stopwatch.GetTimestamp(); !condition(); Thread.Sleep(Interval))
        {
            if (Stopwatch.GetElapsedTime(started) > Deadline)
                throw new TimeoutException($"What a task waited for was not so within {Deadline}.");
        }
    }
}
