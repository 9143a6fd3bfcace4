using Braid.Coordination;

namespace Braid;

// What tasks meet at. With a name, the primitive of that name is found, or made when there is none that lives.
public sealed partial class Cluster
{
    /// <summary>Names are for people to read, and travel with each creation.</summary>
    private const int PrimitiveNameLengthMax = 1024;

    /// <summary>Items that a queue holds unless told otherwise.</summary>
    private const int QueueCapacityDefault = 1024;

    /// <summary>Makes a lock.</summary>
    /// <param name="name">Finds the lock of that name while any handle to it can be reached; at most 1,024 characters. Default: a new one.</param>
    public DistributedLock CreateLock(string? name = null) => new(Create(PrimitiveKind.Lock, 1, name));

    /// <summary>Makes a semaphore.</summary>
    /// <param name="permits">At least 1. One that is found by its name keeps its own.</param>
    /// <inheritdoc cref="CreateLock" path="/param"/>
    /// <param name="name"/>
    public DistributedSemaphore CreateSemaphore(int permits, string? name = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(permits, 1);
        return new DistributedSemaphore(Create(PrimitiveKind.Semaphore, permits, name));
    }

    /// <summary>Makes a queue.</summary>
    /// <param name="capacity">Items that it holds before producers wait; from 1 to 1,000,000. Default 1,024. One that is found by its name keeps its own.</param>
    /// <inheritdoc cref="CreateLock" path="/param"/>
    /// <param name="name"/>
    public DistributedQueue<T> CreateQueue<T>(int capacity = QueueCapacityDefault, string? name = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 1_000_000);
        return new DistributedQueue<T>(Create(PrimitiveKind.Queue, capacity, name));
    }

    /// <summary>Makes an event.</summary>
    /// <param name="isSet">Whether it lets through from the beginning. Default: no. One that is found by its name keeps its state.</param>
    /// <inheritdoc cref="CreateLock" path="/param"/>
    /// <param name="name"/>
    public DistributedEvent CreateEvent(bool isSet = false, string? name = null) => new(Create(PrimitiveKind.Event, isSet ? 1 : 0, name));

    /// <summary>Makes a barrier.</summary>
    /// <param name="parties">How many wait for each other; at least 1. One that is found by its name keeps its own.</param>
    /// <inheritdoc cref="CreateLock" path="/param"/>
    /// <param name="name"/>
    public DistributedBarrier CreateBarrier(int parties, string? name = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(parties, 1);
        return new DistributedBarrier(Create(PrimitiveKind.Barrier, parties, name));
    }

    /// <summary>Makes a variable.</summary>
    /// <param name="value">Its first value. One that is found by its name keeps its own.</param>
    /// <inheritdoc cref="CreateLock" path="/param"/>
    /// <param name="name"/>
    /// <exception cref="Serialization.SerializationException">The value cannot travel.</exception>
    public DistributedVariable<T> CreateVariable<T>(T value, string? name = null) =>
        new(Create(PrimitiveKind.Variable, 0, name, _backend.Coordination.Wrap(value)));

    private IObjectState Create(PrimitiveKind kind, long number, string? name, object? value = null)
    {
        if (name is { Length: 0 or > PrimitiveNameLengthMax })
            throw new ArgumentOutOfRangeException(nameof(name), name.Length, $"A name must be from 1 to {PrimitiveNameLengthMax} characters long, or null for none.");
        return _backend.Coordination.Create(kind, number, name, value);
    }
}
