using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Braid.Execution;

/// <summary>
/// Throws what a task threw to all who await it. References of one failure share one instance, and each throw adds the stack of its own to what the
/// instance has then: so its stack is remembered as it was at the first, and every throw begins with that.
/// </summary>
internal static class TaskFailures
{
    private static readonly ConditionalWeakTable<Exception, ExceptionDispatchInfo> First = [];

    [DoesNotReturn]
    public static void Throw(Exception error)
    {
        First.GetValue(error, ExceptionDispatchInfo.Capture).Throw();
    }
}
