using Braid.Mpi.Abi;

namespace Braid.Mpi.Embedded;

/// <content>Packing with the highest byte first (external32, MPI 4.1, section 14.5.2).</content>
internal sealed unsafe partial class EmbeddedBackend
{
    public override int PackExternal(void* source, int count, nint type, void* destination, long size, ref long position)
    {
        var of = _types[type];
        var unit = SwapUnit(of);
        of.Pack(source, count, (byte*)destination + position);
        Swap((byte*)destination + position, count * of.Size, unit);
        position += count * of.Size;
        return 0;
    }

    public override int UnpackExternal(void* source, long size, ref long position, void* destination, int count, nint type)
    {
        var of = _types[type];
        var unit = SwapUnit(of);
        using var data = new Packed(_types[Type(BasicType.Byte)], count * of.Size);
        Buffer.MemoryCopy((byte*)source + position, data.Start, data.Bytes, data.Bytes);
        Swap(data.Start, data.Bytes, unit);
        of.Unpack(data.Start, data.Bytes, destination, count);
        position += data.Bytes;
        return 0;
    }

    public override int PackExternalSize(int count, nint type, out long size)
    {
        size = count * _types[type].Size;
        return 0;
    }

    private int SwapUnit(EmbeddedType type)
    {
        if (type.Element is not { } element || element >= BasicType.FloatInt)
        {
            throw Lacks("external32 of datatypes that are made of several predefined types");
        }
        // A complex number is two numbers.
        return element == BasicType.DoubleComplex ? sizeof(double) : (int)_types[Type(element)].Size;
    }

    private static void Swap(byte* data, long bytes, int unit)
    {
        if (BitConverter.IsLittleEndian && unit > 1)
        {
            for (long at = 0; at < bytes; at += unit)
            {
                new Span<byte>(data + at, unit).Reverse();
            }
        }
    }
}
