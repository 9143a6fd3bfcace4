using System.Buffers;

namespace Braid.MpiBench;

/// <summary>An array of the collector's.</summary>
internal sealed class ArrayBuffer<T>(int length) : IMemoryOwner<T>
{
    public Memory<T> Memory { get; } = new T[length];

    public void Dispose()
    {
    }
}
