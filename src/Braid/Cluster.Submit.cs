using System.Runtime.CompilerServices;
using Braid.Execution;

namespace Braid;

// Every shape of lambda that can be a task. The overloads for Task go before all others, as an async lambda could be a ValueTask too; those for
// ValueTask stand level with the plain ones, which would otherwise take a ValueTask for a value.
public sealed partial class Cluster
{
    /// <summary>Runs a lambda on some worker, once the references that it captures are ready.</summary>
    /// <exception cref="Lambdas.CaptureException">It captures what cannot travel; the message names the variable.</exception>
    /// <exception cref="ObjectDisposedException">The cluster was disposed of.</exception>
    /// <exception cref="InvalidOperationException"><see cref="ClusterOptions.PendingTasksMax"/> tasks are pending, or the task needs resources that no
    /// worker has. Inside a task of a worker process the reference fails with it.</exception>
    public ObjectRef<T> Submit<T>(Func<T> body, TaskOptions? options = null) =>
        SubmitCore<T>(body, FuncInvoker<T>.Instance, options);

    /// <inheritdoc cref="Submit{T}(Func{T}, TaskOptions?)"/>
    public ObjectRef<T> Submit<T>(Func<CancellationToken, T> body, TaskOptions? options = null) =>
        SubmitCore<T>(body, TokenFuncInvoker<T>.Instance, options);

    /// <inheritdoc cref="Submit{T}(Func{T}, TaskOptions?)"/>
    [OverloadResolutionPriority(1)]
    public ObjectRef<T> Submit<T>(Func<Task<T>> body, TaskOptions? options = null) =>
        SubmitCore<T>(body, TaskInvoker<T>.Instance, options);

    /// <inheritdoc cref="Submit{T}(Func{T}, TaskOptions?)"/>
    [OverloadResolutionPriority(1)]
    public ObjectRef<T> Submit<T>(Func<CancellationToken, Task<T>> body, TaskOptions? options = null) =>
        SubmitCore<T>(body, TokenTaskInvoker<T>.Instance, options);

    /// <inheritdoc cref="Submit{T}(Func{T}, TaskOptions?)"/>
    public ObjectRef<T> Submit<T>(Func<ValueTask<T>> body, TaskOptions? options = null) =>
        SubmitCore<T>(body, ValueTaskInvoker<T>.Instance, options);

    /// <inheritdoc cref="Submit{T}(Func{T}, TaskOptions?)"/>
    public ObjectRef<T> Submit<T>(Func<CancellationToken, ValueTask<T>> body, TaskOptions? options = null) =>
        SubmitCore<T>(body, TokenValueTaskInvoker<T>.Instance, options);

    /// <inheritdoc cref="Submit{T}(Func{T}, TaskOptions?)"/>
    public ObjectRef Submit(Action body, TaskOptions? options = null) =>
        SubmitCore<Nothing>(body, ActionInvoker.Instance, options);

    /// <inheritdoc cref="Submit{T}(Func{T}, TaskOptions?)"/>
    public ObjectRef Submit(Action<CancellationToken> body, TaskOptions? options = null) =>
        SubmitCore<Nothing>(body, TokenActionInvoker.Instance, options);

    /// <inheritdoc cref="Submit{T}(Func{T}, TaskOptions?)"/>
    [OverloadResolutionPriority(1)]
    public ObjectRef Submit(Func<Task> body, TaskOptions? options = null) =>
        SubmitCore<Nothing>(body, TaskInvoker.Instance, options);

    /// <inheritdoc cref="Submit{T}(Func{T}, TaskOptions?)"/>
    [OverloadResolutionPriority(1)]
    public ObjectRef Submit(Func<CancellationToken, Task> body, TaskOptions? options = null) =>
        SubmitCore<Nothing>(body, TokenTaskInvoker.Instance, options);

    /// <inheritdoc cref="Submit{T}(Func{T}, TaskOptions?)"/>
    public ObjectRef Submit(Func<ValueTask> body, TaskOptions? options = null) =>
        SubmitCore<Nothing>(body, ValueTaskInvoker.Instance, options);

    /// <inheritdoc cref="Submit{T}(Func{T}, TaskOptions?)"/>
    public ObjectRef Submit(Func<CancellationToken, ValueTask> body, TaskOptions? options = null) =>
        SubmitCore<Nothing>(body, TokenValueTaskInvoker.Instance, options);

    private ObjectRef<T> SubmitCore<T>(Delegate body, Invoker invoker, TaskOptions? options)
    {
        ArgumentNullException.ThrowIfNull(body);
        if (NoResult<T>.Why is { } why)
            throw new ArgumentException(why, nameof(body));
        return _backend.Submit<T>(invoker.Typed(body), invoker, Checked(options));
    }

    /// <summary>What a task cannot give as its value, though code that is generic, or a cast, may ask for it.</summary>
    private static class NoResult<T>
    {
        public static readonly string? Why =
            typeof(T) == typeof(Task) || typeof(T) == typeof(ValueTask) || IsMadeOf(typeof(Task<>)) || IsMadeOf(typeof(ValueTask<>))
                ? $"A {typeof(T).Name} is no value to wait for: submit the lambda as one that is asynchronous, by the overload for it."
                : IsMadeOf(typeof(IAsyncEnumerable<>)) ? "A lambda that gives a stream is for Cluster.Stream: Submit waits for one value." : null;

        private static bool IsMadeOf(Type generic) => typeof(T).IsGenericType && typeof(T).GetGenericTypeDefinition() == generic;
    }
}
