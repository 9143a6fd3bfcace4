namespace Braid.Execution;

internal sealed class ActionInvoker() : Invoker(typeof(Action))
{
    public static readonly ActionInvoker Instance = new();

    public override void Invoke(Delegate body, TaskExecution execution)
    {
        ((Action)body)();
        execution.Succeed(default(Nothing));
    }
}

internal sealed class TokenActionInvoker() : Invoker(typeof(Action<CancellationToken>))
{
    public static readonly TokenActionInvoker Instance = new();

    public override void Invoke(Delegate body, TaskExecution execution)
    {
        ((Action<CancellationToken>)body)(execution.CancellationToken);
        execution.Succeed(default(Nothing));
    }
}

internal sealed class FuncInvoker<T>() : Invoker(typeof(Func<T>))
{
    public static readonly FuncInvoker<T> Instance = new();

    public override void Invoke(Delegate body, TaskExecution execution) => execution.Succeed(((Func<T>)body)());
}

internal sealed class TokenFuncInvoker<T>() : Invoker(typeof(Func<CancellationToken, T>))
{
    public static readonly TokenFuncInvoker<T> Instance = new();

    public override void Invoke(Delegate body, TaskExecution execution) =>
        execution.Succeed(((Func<CancellationToken, T>)body)(execution.CancellationToken));
}

internal sealed class TaskInvoker() : Invoker(typeof(Func<Task>))
{
    public static readonly TaskInvoker Instance = new();

    public override void Invoke(Delegate body, TaskExecution execution) => Awaited.Finish(((Func<Task>)body)(), execution);
}

internal sealed class TokenTaskInvoker() : Invoker(typeof(Func<CancellationToken, Task>))
{
    public static readonly TokenTaskInvoker Instance = new();

    public override void Invoke(Delegate body, TaskExecution execution) =>
        Awaited.Finish(((Func<CancellationToken, Task>)body)(execution.CancellationToken), execution);
}

internal sealed class TaskInvoker<T>() : Invoker(typeof(Func<Task<T>>))
{
    public static readonly TaskInvoker<T> Instance = new();

    public override void Invoke(Delegate body, TaskExecution execution) => Awaited.Finish(((Func<Task<T>>)body)(), execution);
}

internal sealed class TokenTaskInvoker<T>() : Invoker(typeof(Func<CancellationToken, Task<T>>))
{
    public static readonly TokenTaskInvoker<T> Instance = new();

    public override void Invoke(Delegate body, TaskExecution execution) =>
        Awaited.Finish(((Func<CancellationToken, Task<T>>)body)(execution.CancellationToken), execution);
}

internal sealed class ValueTaskInvoker() : Invoker(typeof(Func<ValueTask>))
{
    public static readonly ValueTaskInvoker Instance = new();

    public override void Invoke(Delegate body, TaskExecution execution) => Awaited.Finish(((Func<ValueTask>)body)().AsTask(), execution);
}

internal sealed class TokenValueTaskInvoker() : Invoker(typeof(Func<CancellationToken, ValueTask>))
{
    public static readonly TokenValueTaskInvoker Instance = new();

    public override void Invoke(Delegate body, TaskExecution execution) =>
        Awaited.Finish(((Func<CancellationToken, ValueTask>)body)(execution.CancellationToken).AsTask(), execution);
}

internal sealed class ValueTaskInvoker<T>() : Invoker(typeof(Func<ValueTask<T>>))
{
    public static readonly ValueTaskInvoker<T> Instance = new();

    public override void Invoke(Delegate body, TaskExecution execution) => Awaited.Finish(((Func<ValueTask<T>>)body)().AsTask(), execution);
}

internal sealed class TokenValueTaskInvoker<T>() : Invoker(typeof(Func<CancellationToken, ValueTask<T>>))
{
    public static readonly TokenValueTaskInvoker<T> Instance = new();

    public override void Invoke(Delegate body, TaskExecution execution) =>
        Awaited.Finish(((Func<CancellationToken, ValueTask<T>>)body)(execution.CancellationToken).AsTask(), execution);
}

/// <summary>A task whose result is a stream: each item is sent as it is produced, and the task ends with the stream.</summary>
internal sealed class StreamInvoker<T>() : Invoker(typeof(Func<IAsyncEnumerable<T>>))
{
    public static readonly StreamInvoker<T> Instance = new();

    public override bool IsStream => true;

    public override void Invoke(Delegate body, TaskExecution execution) =>
        Awaited.Finish(ProduceAsync(
        ((Func<IAsyncEnumerable<T>>)body)() ?? throw new InvalidOperationException($"The lambda of task '{execution.Name}' returned null where a stream was expected."),
        execution),
        execution);

    private static async Task ProduceAsync(IAsyncEnumerable<T> items, TaskExecution execution)
    {
        await foreach (var item in items.WithCancellation(execution.CancellationToken).ConfigureAwait(false))
            await execution.YieldAsync(item).ConfigureAwait(false);
    }
}

/// <summary>Ends an execution with what its asynchronous body ends with.</summary>
internal static class Awaited
{
    public static void Finish(Task? task, TaskExecution execution) => _ = FinishAsync(task, execution);

    public static void Finish<T>(Task<T>? task, TaskExecution execution) => _ = FinishAsync(task, execution);

    private static async Task FinishAsync(Task? task, TaskExecution execution)
    {
        try
        {
            await (task ?? throw NoTask(execution)).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            execution.Fail(exception);
            return;
        }

        execution.Succeed(default(Nothing));
    }

    private static async Task FinishAsync<T>(Task<T>? task, TaskExecution execution)
    {
        T value;
        try
        {
            value = await (task ?? throw NoTask(execution)).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            execution.Fail(exception);
            return;
        }

        execution.Succeed(value);
    }

    private static InvalidOperationException NoTask(TaskExecution execution) =>
        new($"The lambda of task '{execution.Name}' returned null where a task was expected.");
}
