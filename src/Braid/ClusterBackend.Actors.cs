using Braid.Execution;

namespace Braid;

// Actors. A state is what stands behind an ActorRef: here or in a worker.
internal abstract partial class ClusterBackend
{
    public abstract IObjectState StartActor(Delegate create, Invoker invoker, ActorOptions options, bool getOrStart);

    public abstract IObjectState GetActor(string name);

    public abstract ObjectRef<TResult> Call<TResult>(IObjectState actor, Delegate body, Invoker invoker, CallOptions options);

    public abstract void Tell(IObjectState actor, Delegate body, Invoker invoker, CallOptions options);

    public abstract IAsyncEnumerable<TResult> CallStream<T, TResult>(ActorRef<T> actor, Func<T, IAsyncEnumerable<TResult>> body, CallOptions options);

    /// <summary>A reference that becomes ready when the actor's mailbox has room.</summary>
    public abstract IObjectState AskForRoom(IObjectState actor);

    public abstract void EndActor(IObjectState actor, bool kill);

    /// <summary>Who calls, as far as order goes: an actor, a task, or the program that started the cluster (0).</summary>
    protected long Caller()
    {
        var execution = TaskExecution.Current;
        return execution is null || execution.Backend != this ? 0 : execution.Host?.Id ?? execution.Id;
    }
}
