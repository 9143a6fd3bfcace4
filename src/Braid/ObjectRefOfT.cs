using System.Diagnostics.CodeAnalysis;
using Braid.Execution;
using Braid.Objects;

namespace Braid;

/// <inheritdoc cref="ObjectRef"/>
/// <typeparam name="T">The type of the value.</typeparam>
public sealed class ObjectRef<T> : ObjectRef
{
    /// <summary>The value once decoded, so that awaiting twice gives the same instance. Written once, before <see cref="_decoded"/>.</summary>
    private T? _value;

    private volatile bool _decoded;

    internal ObjectRef(IObjectState state) : base(state)
    {
    }

    /// <summary>
    /// The value. Inside a task it is there without waiting when the reference was captured by the task's lambda; otherwise the task
    /// gives up its slot and waits. Outside of tasks it is an error to ask before the value is ready: await the reference instead.
    /// </summary>
    /// <exception cref="InvalidOperationException">Outside of a task, and not ready.</exception>
    /// <exception cref="Exception">Whatever the task threw.</exception>
    public T Value
    {
        get
        {
            if (!IsCompleted)
            {
                if (TaskExecution.Current is null)
                    throw new InvalidOperationException($"The value of reference {Id} is not ready. Await the reference: Value waits only inside a task.");
                ObjectWaits.WaitAsync([this], State.Completion, Timeout.InfiniteTimeSpan, default).GetAwaiter().GetResult();
            }

            return Result();
        }
    }

    /// <summary>Waits for the value; throws what the task threw.</summary>
    public new ObjectRefAwaiter<T> GetAwaiter() => new(this);

    /// <summary>The same wait as a <see cref="Task{T}"/>.</summary>
    public new async Task<T> AsTask()
    {
        await ObjectWaits.For(this).ConfigureAwait(false);
        return Result();
    }

    /// <summary>Waits at most <paramref name="timeout"/> for the value. The task itself goes on when the wait ends early.</summary>
    /// <exception cref="TimeoutException">The task had not ended in time.</exception>
    /// <exception cref="OperationCanceledException">The token was signalled, or the task was cancelled.</exception>
    public async Task<T> GetAsync(TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        await WaitAsync(timeout, cancellationToken).ConfigureAwait(false);
        return Result();
    }

    /// <summary>Waits for the value until the token is signalled.</summary>
    /// <exception cref="OperationCanceledException">The token was signalled, or the task was cancelled.</exception>
    public Task<T> GetAsync(CancellationToken cancellationToken) => GetAsync(Timeout.InfiniteTimeSpan, cancellationToken);

    /// <summary>The value if it is there; never waits, and never throws what the task threw.</summary>
    public bool TryGetValue([MaybeNullWhen(false)] out T value)
    {
        var ready = _decoded || (Status == ObjectStatus.Ready && Decode() is null);
        value = ready ? _value : default;
        return ready;
    }

    internal T Result()
    {
        while (!_decoded)
        {
            ThrowIfUnsuccessful();
            // Rare, and an await has no place to wait again once it was told that the value is there: so this thread waits.
            if (Decode() is { } rebuilding)
                ObjectWaits.WaitAsync([this], rebuilding, Timeout.InfiniteTimeSpan, default).GetAwaiter().GetResult();
        }

        return _value!;
    }

    /// <summary>Null when the value is decoded; else it was lost, and what is returned ends when it was made again. Each loss costs its task a retry.</summary>
    private Task? Decode()
    {
        if (State.IsRebuilding)
            return State.Completion;
        try
        {
            lock (this)
            {
                if (!_decoded)
                {
                    _value = State.Read<T>();
                    _decoded = true;
                }
            }

            return null;
        }
        catch (ObjectLostException lost) when (lost.InnerException is SegmentUnavailableException { Segment: { } segment })
        {
            return State.RebuildAsync(segment);
        }
    }
}
