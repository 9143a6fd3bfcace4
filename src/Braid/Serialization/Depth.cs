using System.Runtime.CompilerServices;

namespace Braid.Serialization;

/// <summary>How deep writing and reading nest. Both sides count alike, so they defer the same bodies.</summary>
internal static class Depth
{
    /// <summary>From this depth on, a body that can wait is put off until the stack has unwound: a chain of a million nodes needs no deep stack.</summary>
    public const int DeferFrom = 100;

    /// <summary>The limit for values that cannot wait, such as immutable collections inside one another.</summary>
    public const int Limit = 1000;

    public static int Enter(int depth)
    {
        if (depth >= DeferFrom)
            Check(depth);
        return depth + 1;
    }

    private static void Check(int depth)
    {
        if (depth >= Limit)
            throw new SerializationException($"Values are nested more than {Limit} deep in types that can only be built from their complete parts. Use arrays, lists or classes at some of the levels.");
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new SerializationException($"Values are nested {depth} deep, and this thread's stack is nearly used up.");
    }
}
