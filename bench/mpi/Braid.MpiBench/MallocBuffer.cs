using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Braid.MpiBench;

/// <summary>Memory from C's malloc, as the program in C has it.</summary>
internal sealed unsafe class MallocBuffer<T>(int length) : MemoryManager<T> where T : unmanaged
{
    private readonly T* _memory = (T*)NativeMemory.Alloc((nuint)length, (nuint)Unsafe.SizeOf<T>());

    public override Span<T> GetSpan() => new(_memory, length);

    public override MemoryHandle Pin(int elementIndex = 0) => new(_memory + elementIndex, pinnable: this);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing) => NativeMemory.Free(_memory);
}
