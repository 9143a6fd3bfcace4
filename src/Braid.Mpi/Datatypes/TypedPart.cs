namespace Braid.Mpi;

/// <summary>A part of a buffer in <see cref="Communicator.AllToAllW"/>: so many elements of a datatype from a place on.</summary>
/// <param name="Displacement">Where the first begins, in bytes from the buffer's start.</param>
/// <param name="Count">How many elements; 0 for nothing.</param>
/// <param name="Type">Where the data of each lies.</param>
public readonly record struct TypedPart(int Displacement, int Count, Datatype Type);
