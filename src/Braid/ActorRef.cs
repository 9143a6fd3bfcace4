using Braid.Execution;

namespace Braid;

/// <summary>
/// A handle to an actor: an object that lives in one worker and serves calls from anywhere. It travels to other tasks and actors, captured or in
/// values, and the actor lives as long as someone can reach a handle to it (unless it has a name or is detached).
/// </summary>
public abstract class ActorRef
{
    private protected ActorRef(IObjectState state) => State = state;

    internal IObjectState State { get; }

    /// <summary>Unique within the cluster. A handle that a worker got by <see cref="Cluster.GetActor{T}"/> has a number of its own.</summary>
    public long Id => State.Id;

    /// <summary>
    /// Ends the actor: it takes no more calls, finishes those it has, and is disposed of (<see cref="IAsyncDisposable"/>, or
    /// <see cref="IDisposable"/>). Returns when that is done; at once when the actor is dead already.
    /// </summary>
    /// <exception cref="Exception">What its disposal threw, or what else ended it meanwhile.</exception>
    /// <exception cref="OperationCanceledException">The token was signalled; the actor stops all the same.</exception>
    /// <exception cref="DeadlockException">Awaited by a call of the actor's own, or by a task that one waits for. The actor stops all the same.</exception>
    public Task StopAsync(CancellationToken cancellationToken = default) => EndAsync(kill: false, cancellationToken);

    /// <summary>
    /// Ends the actor now: calls that wait fail with <see cref="ActorDeadException"/>, those that run see their token signalled, and nothing is
    /// disposed of. If one has not ended <see cref="ClusterOptions.CancelGrace"/> later, its worker process is ended; other tasks there run again
    /// elsewhere and are not charged for it, other actors restart if they may, and die if not. In process the actor is left to itself then.
    /// </summary>
    public void Kill() => State.Backend.EndActor(State, kill: true);

    /// <summary>
    /// Returns when the mailbox has room (see <see cref="ActorOptions.MailboxCapacity"/>): at once when it has, else when a call has ended; of several
    /// that wait, as many go on as there is room, first come first. It reserves nothing. Returns, too, when the actor is dead: the next call says so.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was signalled.</exception>
    public async Task WaitForRoomAsync(CancellationToken cancellationToken = default)
    {
        if (State.Status == ObjectStatus.Pending)
            await new ObjectRef<Nothing>(State.Backend.AskForRoom(State)).WaitAsync(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public override string ToString() => $"{GetType().Name.Split('`')[0]} {Id}";

    private async Task EndAsync(bool kill, CancellationToken cancellationToken)
    {
        if (State.Status != ObjectStatus.Pending)
            return;
        State.Backend.EndActor(State, kill);
        var dead = State.Completion.WaitAsync(cancellationToken);
        var wait = new TaskWait([State], 1, EndsByItself: cancellationToken.CanBeCanceled);
        await (TaskExecution.Current is { } execution ? execution.WaitAsync(wait, dead) : dead).ConfigureAwait(false);
        if (State is { Status: ObjectStatus.Failed, Error: { } error })
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error);
    }
}
