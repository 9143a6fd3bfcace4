using Braid.Execution;

namespace Braid.Actors;

/// <summary>
/// Ends a call with what its lambda returned: a value, or something to wait for. Waits come back to the actor's own thread, where it has one: the
/// snapshot that may follow must not see the actor in the middle of something.
/// </summary>
internal abstract class Finisher<TResult>
{
    public static readonly Finisher<TResult> Instance = (Finisher<TResult>)Finishers.For(typeof(TResult));

    public virtual bool IsStream => false;

    public abstract void Finish(TResult result, TaskExecution execution);
}

internal static class Finishers
{
    public static object For(Type result)
    {
        if (result == typeof(Task))
            return new TaskFinisher();
        if (result == typeof(ValueTask))
            return new ValueTaskFinisher();
        var definition = result.IsGenericType ? result.GetGenericTypeDefinition() : null;
        var open = definition == typeof(Task<>) ? typeof(TaskFinisher<>)
            : definition == typeof(ValueTask<>) ? typeof(ValueTaskFinisher<>)
            : definition == typeof(IAsyncEnumerable<>) ? typeof(StreamFinisher<>)
            : null;
        return Activator.CreateInstance(
            open is null ? typeof(ValueFinisher<>).MakeGenericType(result) : open.MakeGenericType(result.GetGenericArguments()))!;
    }

    public static async Task AwaitAsync(Task? task, TaskExecution execution)
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

    public static async Task AwaitAsync<T>(Task<T>? task, TaskExecution execution)
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

    public static async Task ProduceAsync<T>(IAsyncEnumerable<T> items, TaskExecution execution)
    {
        await foreach (var item in items.WithCancellation(execution.CancellationToken).ConfigureAwait(false))
            await execution.YieldAsync(item).ConfigureAwait(false);
    }

    private static InvalidOperationException NoTask(TaskExecution execution) =>
        new($"The lambda of call '{execution.Name}' returned null where a task was expected.");

    private sealed class ValueFinisher<T> : Finisher<T>
    {
        public override void Finish(T result, TaskExecution execution) => execution.Succeed(result);
    }

    private sealed class TaskFinisher : Finisher<Task>
    {
        public override void Finish(Task result, TaskExecution execution) => _ = AwaitAsync(result, execution);
    }

    private sealed class TaskFinisher<T> : Finisher<Task<T>>
    {
        public override void Finish(Task<T> result, TaskExecution execution) => _ = AwaitAsync(result, execution);
    }

    private sealed class ValueTaskFinisher : Finisher<ValueTask>
    {
        public override void Finish(ValueTask result, TaskExecution execution) => _ = AwaitAsync(result.AsTask(), execution);
    }

    private sealed class ValueTaskFinisher<T> : Finisher<ValueTask<T>>
    {
        public override void Finish(ValueTask<T> result, TaskExecution execution) => _ = AwaitAsync(result.AsTask(), execution);
    }

    private sealed class StreamFinisher<T> : Finisher<IAsyncEnumerable<T>>
    {
        public override bool IsStream => true;

        public override void Finish(IAsyncEnumerable<T> result, TaskExecution execution) => _ = AwaitAsync(ProduceAsync(result, execution), execution);
    }
}
