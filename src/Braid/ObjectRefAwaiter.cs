using System.Runtime.CompilerServices;
using Braid.Execution;

namespace Braid;

/// <summary>Makes <c>await reference</c> work; not for use by hand.</summary>
public readonly struct ObjectRefAwaiter : ICriticalNotifyCompletion
{
    private readonly ObjectRef _reference;

    internal ObjectRefAwaiter(ObjectRef reference) => _reference = reference;

    /// <summary>Whether the wait is over already.</summary>
    public bool IsCompleted => _reference.IsCompleted;

    /// <summary>
    /// Ends the await: throws what the task threw. Called without an await it waits on this thread, as a <see cref="Task"/>'s does; inside a task the slot
    /// is given up meanwhile.
    /// </summary>
    public void GetResult()
    {
        _reference.WaitIfNotAwaited();
        _reference.ThrowIfUnsuccessful();
    }

    /// <inheritdoc />
    public void OnCompleted(Action continuation) => ObjectWaits.For(_reference).GetAwaiter().OnCompleted(continuation);

    /// <inheritdoc />
    public void UnsafeOnCompleted(Action continuation) => ObjectWaits.Await(_reference, continuation);
}

/// <inheritdoc cref="ObjectRefAwaiter"/>
/// <typeparam name="T">The type of the value.</typeparam>
public readonly struct ObjectRefAwaiter<T> : ICriticalNotifyCompletion
{
    private readonly ObjectRef<T> _reference;

    internal ObjectRefAwaiter(ObjectRef<T> reference) => _reference = reference;

    /// <inheritdoc cref="ObjectRefAwaiter.IsCompleted"/>
    public bool IsCompleted => _reference.IsCompleted;

    /// <summary>
    /// Ends the await: the value, or throws what the task threw. Called without an await it waits on this thread, as a <see cref="Task"/>'s does; inside a
    /// task the slot is given up meanwhile.
    /// </summary>
    public T GetResult()
    {
        _reference.WaitIfNotAwaited();
        return _reference.Result();
    }

    /// <inheritdoc />
    public void OnCompleted(Action continuation) => ObjectWaits.For(_reference).GetAwaiter().OnCompleted(continuation);

    /// <inheritdoc />
    public void UnsafeOnCompleted(Action continuation) => ObjectWaits.Await(_reference, continuation);
}
