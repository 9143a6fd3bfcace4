namespace Braid;

/// <summary>
/// A task waited for something that could only come about once that very task had gone on: a cycle of waits that nothing else could break. It is
/// raised at the member of the cycle that was submitted last, as the end of its wait; when that task ends or lets go of what it holds, the others go
/// on. The message names every member, what it waits for and who keeps it.
/// </summary>
/// <remarks>Found within a second. A wait with a time limit or with a token of your own is never part of a deadlock: it ends by itself.</remarks>
public sealed class DeadlockException : BraidException
{
    internal DeadlockException(string message, IReadOnlyList<DeadlockMember> members) : base(message) => Members = members;

    /// <summary>The cycle: each waits for the next one, and the last for the first. The first is the one that the exception was raised at.</summary>
    public IReadOnlyList<DeadlockMember> Members { get; }
}

/// <summary>One member of a cycle of waits.</summary>
/// <param name="TaskId">The identity of its reference.</param>
/// <param name="Name"><see cref="TaskOptions.Name"/>, or where its lambda stands in the source.</param>
/// <param name="WorkerId">Where it runs; 0 for a task that has not started.</param>
/// <param name="WaitsFor">In words: which reference, lock, or queue, and who keeps it.</param>
public sealed record DeadlockMember(long TaskId, string Name, int WorkerId, string WaitsFor);
