namespace Braid;

/// <summary>The actor is dead, or was stopped before the call could run: the call has not run, or ended with the actor. Says what ended the actor.</summary>
public sealed class ActorDeadException : BraidException
{
    internal ActorDeadException(string message, Exception? inner) : base(message, inner)
    {
    }
}

/// <summary>
/// The actor's worker died while the call was sent, queued there or under way, and the actor starts again: the call may have run, and what it did to
/// the actor's state is lost, save for a later snapshot. Later calls reach the new incarnation.
/// </summary>
public sealed class ActorRestartedException : BraidException
{
    internal ActorRestartedException(string message, Exception? inner) : base(message, inner)
    {
    }
}

/// <summary><see cref="ActorOptions.MailboxCapacity"/> calls of the actor are pending.</summary>
public sealed class ActorMailboxFullException : BraidException
{
    internal ActorMailboxFullException(string message) : base(message)
    {
    }
}
