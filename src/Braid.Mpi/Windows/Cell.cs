using System.Runtime.InteropServices;

namespace Braid.Mpi;

/// <summary>One or two values where MPI can read them until the operation that takes them is complete.</summary>
internal sealed unsafe class Cell<T> : IDisposable where T : unmanaged
{
    public Cell(T value, T other = default)
    {
        Value = (T*)NativeMemory.AlignedAlloc((nuint)(2 * sizeof(T)), 16);
        Value[0] = value;
        Value[1] = other;
    }

    public T* Value { get; private set; }

    public T* Other => Value + 1;

    public void Dispose()
    {
        NativeMemory.AlignedFree(Value);
        Value = null;
    }
}
