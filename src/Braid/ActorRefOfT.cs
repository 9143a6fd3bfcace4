using System.Runtime.CompilerServices;
using Braid.Actors;
using Braid.Execution;

namespace Braid;

/// <inheritdoc cref="ActorRef"/>
/// <typeparam name="T">The actor's class, or what it is called through: a base class or an interface.</typeparam>
/// <remarks>
/// A call returns at once. Calls of one caller (the program that started the cluster, a task, or an actor) run in the order made, one at a time
/// (see <see cref="ActorOptions.MaxConcurrency"/>). References that the lambda captures are dependencies: a call waits for them, and the caller's
/// later calls wait behind it.
/// </remarks>
public sealed class ActorRef<T> : ActorRef
{
    internal ActorRef(IObjectState state) : base(state)
    {
    }

    /// <summary>Runs a lambda on the actor, in its turn.</summary>
    /// <exception cref="Lambdas.CaptureException">It captures what cannot travel; the message names the variable.</exception>
    /// <exception cref="ActorMailboxFullException"><see cref="ActorOptions.MailboxCapacity"/> calls are pending. Inside a task of a worker process
    /// the reference fails with it.</exception>
    /// <remarks>Awaiting the reference throws what the lambda threw, <see cref="ActorDeadException"/>, or <see cref="ActorRestartedException"/>.</remarks>
    public ObjectRef<TResult> Call<TResult>(Func<T, TResult> body, CallOptions? options = null) => CallCore<TResult>(body, ActorFuncInvoker<T, TResult>.Instance, options);

    /// <inheritdoc cref="Call{TResult}(Func{T, TResult}, CallOptions?)"/>
    public ObjectRef<TResult> Call<TResult>(Func<T, CancellationToken, TResult> body, CallOptions? options = null) =>
        CallCore<TResult>(body, ActorTokenFuncInvoker<T, TResult>.Instance, options);

    /// <inheritdoc cref="Call{TResult}(Func{T, TResult}, CallOptions?)"/>
    [OverloadResolutionPriority(1)]
    public ObjectRef<TResult> Call<TResult>(Func<T, Task<TResult>> body, CallOptions? options = null) => CallCore<TResult>(body, ActorFuncInvoker<T, Task<TResult>>.Instance, options);

    /// <inheritdoc cref="Call{TResult}(Func{T, TResult}, CallOptions?)"/>
    [OverloadResolutionPriority(1)]
    public ObjectRef<TResult> Call<TResult>(Func<T, CancellationToken, Task<TResult>> body, CallOptions? options = null) =>
        CallCore<TResult>(body, ActorTokenFuncInvoker<T, Task<TResult>>.Instance, options);

    /// <inheritdoc cref="Call{TResult}(Func{T, TResult}, CallOptions?)"/>
    public ObjectRef<TResult> Call<TResult>(Func<T, ValueTask<TResult>> body, CallOptions? options = null) =>
        CallCore<TResult>(body, ActorFuncInvoker<T, ValueTask<TResult>>.Instance, options);

    /// <inheritdoc cref="Call{TResult}(Func{T, TResult}, CallOptions?)"/>
    public ObjectRef<TResult> Call<TResult>(Func<T, CancellationToken, ValueTask<TResult>> body, CallOptions? options = null) =>
        CallCore<TResult>(body, ActorTokenFuncInvoker<T, ValueTask<TResult>>.Instance, options);

    /// <inheritdoc cref="Call{TResult}(Func{T, TResult}, CallOptions?)"/>
    public ObjectRef Call(Action<T> body, CallOptions? options = null) => CallCore<Nothing>(body, ActorActionInvoker<T>.Instance, options);

    /// <inheritdoc cref="Call{TResult}(Func{T, TResult}, CallOptions?)"/>
    public ObjectRef Call(Action<T, CancellationToken> body, CallOptions? options = null) =>
        CallCore<Nothing>(body, ActorTokenActionInvoker<T>.Instance, options);

    /// <inheritdoc cref="Call{TResult}(Func{T, TResult}, CallOptions?)"/>
    [OverloadResolutionPriority(1)]
    public ObjectRef Call(Func<T, Task> body, CallOptions? options = null) => CallCore<Nothing>(body, ActorFuncInvoker<T, Task>.Instance, options);

    /// <inheritdoc cref="Call{TResult}(Func{T, TResult}, CallOptions?)"/>
    [OverloadResolutionPriority(1)]
    public ObjectRef Call(Func<T, CancellationToken, Task> body, CallOptions? options = null) =>
        CallCore<Nothing>(body, ActorTokenFuncInvoker<T, Task>.Instance, options);

    /// <inheritdoc cref="Call{TResult}(Func{T, TResult}, CallOptions?)"/>
    public ObjectRef Call(Func<T, ValueTask> body, CallOptions? options = null) =>
        CallCore<Nothing>(body, ActorFuncInvoker<T, ValueTask>.Instance, options);

    /// <inheritdoc cref="Call{TResult}(Func{T, TResult}, CallOptions?)"/>
    public ObjectRef Call(Func<T, CancellationToken, ValueTask> body, CallOptions? options = null) =>
        CallCore<Nothing>(body, ActorTokenFuncInvoker<T, ValueTask>.Instance, options);

    /// <summary>
    /// Runs a lambda on the actor that yields items, and hands them on as they are produced, in order. The call begins with the loop over them, and
    /// keeps the actor's turn until it ends. The actor waits while <see cref="CallOptions.StreamBuffer"/> items are under way; leaving the loop
    /// early cancels the call.
    /// </summary>
    [OverloadResolutionPriority(2)]
    public IAsyncEnumerable<TResult> Call<TResult>(Func<T, IAsyncEnumerable<TResult>> body, CallOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(body);
        var typed = (Func<T, IAsyncEnumerable<TResult>>)ActorFuncInvoker<T, IAsyncEnumerable<TResult>>.Instance.Typed(body);
        return State.Backend.CallStream(this, typed, Checked(options));
    }

    /// <summary>
    /// Runs a lambda on the actor, in its turn, and returns nothing. Its failure is told by the event source <c>Braid</c> and counted by the meter
    /// (<c>braid.actor.tells.failed</c>); nobody else hears of it.
    /// </summary>
    /// <exception cref="ActorMailboxFullException"><see cref="ActorOptions.MailboxCapacity"/> calls are pending. From a task of a worker process it is
    /// a failure like any other.</exception>
    public void Tell(Action<T> body, CallOptions? options = null) => TellCore(body, ActorActionInvoker<T>.Instance, options);

    /// <inheritdoc cref="Tell(Action{T}, CallOptions?)"/>
    [OverloadResolutionPriority(1)]
    public void Tell(Func<T, Task> body, CallOptions? options = null) => TellCore(body, ActorFuncInvoker<T, Task>.Instance, options);

    /// <inheritdoc cref="Tell(Action{T}, CallOptions?)"/>
    public void Tell(Func<T, ValueTask> body, CallOptions? options = null) => TellCore(body, ActorFuncInvoker<T, ValueTask>.Instance, options);

    private ObjectRef<TResult> CallCore<TResult>(Delegate body, Invoker invoker, CallOptions? options)
    {
        ArgumentNullException.ThrowIfNull(body);
        var reference = State.Backend.Call<TResult>(State, invoker.Typed(body), invoker, Checked(options));
        GC.KeepAlive(this);
        return reference;
    }

    private void TellCore(Delegate body, Invoker invoker, CallOptions? options)
    {
        ArgumentNullException.ThrowIfNull(body);
        State.Backend.Tell(State, invoker.Typed(body), invoker, Checked(options));
        GC.KeepAlive(this);
    }

    private static CallOptions Checked(CallOptions? options)
    {
        if (options is null)
            return CallOptions.Default;
        options.Check();
        return options;
    }
}
