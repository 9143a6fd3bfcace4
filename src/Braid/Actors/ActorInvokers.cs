using Braid.Execution;

namespace Braid.Actors;

/// <summary>Calls a lambda on the instance of an actor; what it returned decides how the call goes on.</summary>
internal sealed class ActorFuncInvoker<TActor, TResult>() : Invoker(typeof(Func<TActor, TResult>))
{
    public static readonly ActorFuncInvoker<TActor, TResult> Instance = new();

    public override bool IsStream => Finisher<TResult>.Instance.IsStream;

    public override void Invoke(Delegate body, TaskExecution execution) =>
        Finisher<TResult>.Instance.Finish(((Func<TActor, TResult>)body)(execution.ActorAs<TActor>()), execution);
}

/// <inheritdoc cref="ActorFuncInvoker{TActor, TResult}"/>
internal sealed class ActorTokenFuncInvoker<TActor, TResult>() : Invoker(typeof(Func<TActor, CancellationToken, TResult>))
{
    public static readonly ActorTokenFuncInvoker<TActor, TResult> Instance = new();

    public override void Invoke(Delegate body, TaskExecution execution) =>
        Finisher<TResult>.Instance.Finish(
            ((Func<TActor, CancellationToken, TResult>)body)(execution.ActorAs<TActor>(), execution.CancellationToken), execution);
}

/// <inheritdoc cref="ActorFuncInvoker{TActor, TResult}"/>
internal sealed class ActorActionInvoker<TActor>() : Invoker(typeof(Action<TActor>))
{
    public static readonly ActorActionInvoker<TActor> Instance = new();

    public override void Invoke(Delegate body, TaskExecution execution)
    {
        ((Action<TActor>)body)(execution.ActorAs<TActor>());
        execution.Succeed(default(Nothing));
    }
}

/// <inheritdoc cref="ActorFuncInvoker{TActor, TResult}"/>
internal sealed class ActorTokenActionInvoker<TActor>() : Invoker(typeof(Action<TActor, CancellationToken>))
{
    public static readonly ActorTokenActionInvoker<TActor> Instance = new();

    public override void Invoke(Delegate body, TaskExecution execution)
    {
        ((Action<TActor, CancellationToken>)body)(execution.ActorAs<TActor>(), execution.CancellationToken);
        execution.Succeed(default(Nothing));
    }
}
