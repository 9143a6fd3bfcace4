using System.Diagnostics.CodeAnalysis;

namespace Braid.Mpi;

/// <summary>Memory seen through a <see cref="Datatype"/>, for an operation in flight; see
/// <see cref="Datatype.Into{T}(Memory{T})"/>.</summary>
[SuppressMessage("Performance", "CA1815", Justification = "It is an argument; nobody compares it.")]
public readonly struct TypedMemory<T> where T : unmanaged
{
    internal TypedMemory(Memory<T> memory, int count, Datatype type) => (Memory, Count, Type) = (memory, count, type);

    /// <summary>The buffer.</summary>
    public Memory<T> Memory { get; }

    /// <summary>How many elements of the type.</summary>
    public int Count { get; }

    /// <summary>Where the data of each element lies.</summary>
    public Datatype Type { get; }

    /// <summary>What can be received into can be sent.</summary>
    [SuppressMessage("Usage", "CA2225", Justification = "Datatype.From makes one.")]
    public static implicit operator ReadOnlyTypedMemory<T>(TypedMemory<T> memory) => new(memory.Memory, memory.Count, memory.Type);
}

/// <summary>Memory seen through a <see cref="Datatype"/>, for an operation in flight; see <see
/// cref="Datatype.From{T}(ReadOnlyMemory{T})"/>.</summary>
[SuppressMessage("Performance", "CA1815", Justification = "It is an argument; nobody compares it.")]
public readonly struct ReadOnlyTypedMemory<T> where T : unmanaged
{
    internal ReadOnlyTypedMemory(ReadOnlyMemory<T> memory, int count, Datatype type) => (Memory, Count, Type) = (memory, count, type);

    /// <summary>The buffer.</summary>
    public ReadOnlyMemory<T> Memory { get; }

    /// <summary>How many elements of the type.</summary>
    public int Count { get; }

    /// <summary>Where the data of each element lies.</summary>
    public Datatype Type { get; }
}
