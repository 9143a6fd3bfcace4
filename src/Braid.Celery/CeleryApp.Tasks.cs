namespace Braid.Celery;

public sealed partial class CeleryApp
{
    // One overload a number of parameters, so that the compiler finds the type of the result. Parameters of type TaskRequest and
    // CancellationToken, and those marked [Service], are not part of the message.

    /// <summary>Registers a task.</summary>
    public CeleryTask<TResult> Task<TResult>(string name, Func<TResult> method, CeleryTaskOptions? options = null) => Register<TResult>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<TResult> Task<TResult>(string name, Func<Task<TResult>> method, CeleryTaskOptions? options = null) => Register<TResult>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<object?> Task(string name, Func<Task> method, CeleryTaskOptions? options = null) => Register<object?>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<object?> Task(string name, Action method, CeleryTaskOptions? options = null) => Register<object?>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<TResult> Task<T1, TResult>(string name, Func<T1, TResult> method, CeleryTaskOptions? options = null) => Register<TResult>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<TResult> Task<T1, TResult>(string name, Func<T1, Task<TResult>> method, CeleryTaskOptions? options = null) => Register<TResult>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<object?> Task<T1>(string name, Func<T1, Task> method, CeleryTaskOptions? options = null) => Register<object?>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<object?> Task<T1>(string name, Action<T1> method, CeleryTaskOptions? options = null) => Register<object?>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<TResult> Task<T1, T2, TResult>(string name, Func<T1, T2, TResult> method, CeleryTaskOptions? options = null) => Register<TResult>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<TResult> Task<T1, T2, TResult>(string name, Func<T1, T2, Task<TResult>> method, CeleryTaskOptions? options = null) => Register<TResult>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<object?> Task<T1, T2>(string name, Func<T1, T2, Task> method, CeleryTaskOptions? options = null) => Register<object?>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<object?> Task<T1, T2>(string name, Action<T1, T2> method, CeleryTaskOptions? options = null) => Register<object?>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<TResult> Task<T1, T2, T3, TResult>(string name, Func<T1, T2, T3, TResult> method, CeleryTaskOptions? options = null) => Register<TResult>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<TResult> Task<T1, T2, T3, TResult>(string name, Func<T1, T2, T3, Task<TResult>> method, CeleryTaskOptions? options = null) => Register<TResult>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<object?> Task<T1, T2, T3>(string name, Func<T1, T2, T3, Task> method, CeleryTaskOptions? options = null) => Register<object?>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<object?> Task<T1, T2, T3>(string name, Action<T1, T2, T3> method, CeleryTaskOptions? options = null) => Register<object?>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<TResult> Task<T1, T2, T3, T4, TResult>(string name, Func<T1, T2, T3, T4, TResult> method, CeleryTaskOptions? options = null) => Register<TResult>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<TResult> Task<T1, T2, T3, T4, TResult>(string name, Func<T1, T2, T3, T4, Task<TResult>> method, CeleryTaskOptions? options = null) => Register<TResult>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<object?> Task<T1, T2, T3, T4>(string name, Func<T1, T2, T3, T4, Task> method, CeleryTaskOptions? options = null) => Register<object?>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<object?> Task<T1, T2, T3, T4>(string name, Action<T1, T2, T3, T4> method, CeleryTaskOptions? options = null) => Register<object?>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<TResult> Task<T1, T2, T3, T4, T5, TResult>(string name, Func<T1, T2, T3, T4, T5, TResult> method, CeleryTaskOptions? options = null) => Register<TResult>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<TResult> Task<T1, T2, T3, T4, T5, TResult>(string name, Func<T1, T2, T3, T4, T5, Task<TResult>> method, CeleryTaskOptions? options = null) => Register<TResult>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<object?> Task<T1, T2, T3, T4, T5>(string name, Func<T1, T2, T3, T4, T5, Task> method, CeleryTaskOptions? options = null) => Register<object?>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<object?> Task<T1, T2, T3, T4, T5>(string name, Action<T1, T2, T3, T4, T5> method, CeleryTaskOptions? options = null) => Register<object?>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<TResult> Task<T1, T2, T3, T4, T5, T6, TResult>(string name, Func<T1, T2, T3, T4, T5, T6, TResult> method, CeleryTaskOptions? options = null) => Register<TResult>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<TResult> Task<T1, T2, T3, T4, T5, T6, TResult>(string name, Func<T1, T2, T3, T4, T5, T6, Task<TResult>> method, CeleryTaskOptions? options = null) => Register<TResult>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<object?> Task<T1, T2, T3, T4, T5, T6>(string name, Func<T1, T2, T3, T4, T5, T6, Task> method, CeleryTaskOptions? options = null) => Register<object?>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<object?> Task<T1, T2, T3, T4, T5, T6>(string name, Action<T1, T2, T3, T4, T5, T6> method, CeleryTaskOptions? options = null) => Register<object?>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<TResult> Task<T1, T2, T3, T4, T5, T6, T7, TResult>(string name, Func<T1, T2, T3, T4, T5, T6, T7, TResult> method, CeleryTaskOptions? options = null) => Register<TResult>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<TResult> Task<T1, T2, T3, T4, T5, T6, T7, TResult>(string name, Func<T1, T2, T3, T4, T5, T6, T7, Task<TResult>> method, CeleryTaskOptions? options = null) => Register<TResult>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<object?> Task<T1, T2, T3, T4, T5, T6, T7>(string name, Func<T1, T2, T3, T4, T5, T6, T7, Task> method, CeleryTaskOptions? options = null) => Register<object?>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<object?> Task<T1, T2, T3, T4, T5, T6, T7>(string name, Action<T1, T2, T3, T4, T5, T6, T7> method, CeleryTaskOptions? options = null) => Register<object?>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<TResult> Task<T1, T2, T3, T4, T5, T6, T7, T8, TResult>(string name, Func<T1, T2, T3, T4, T5, T6, T7, T8, TResult> method, CeleryTaskOptions? options = null) => Register<TResult>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<TResult> Task<T1, T2, T3, T4, T5, T6, T7, T8, TResult>(string name, Func<T1, T2, T3, T4, T5, T6, T7, T8, Task<TResult>> method, CeleryTaskOptions? options = null) => Register<TResult>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<object?> Task<T1, T2, T3, T4, T5, T6, T7, T8>(string name, Func<T1, T2, T3, T4, T5, T6, T7, T8, Task> method, CeleryTaskOptions? options = null) => Register<object?>(name, method, options);

    /// <inheritdoc cref="Task{TResult}(string, Func{TResult}, CeleryTaskOptions?)"/>
    public CeleryTask<object?> Task<T1, T2, T3, T4, T5, T6, T7, T8>(string name, Action<T1, T2, T3, T4, T5, T6, T7, T8> method, CeleryTaskOptions? options = null) => Register<object?>(name, method, options);

}
