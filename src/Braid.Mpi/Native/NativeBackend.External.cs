using Braid.Mpi.Abi;

namespace Braid.Mpi.Native;

/// <content>Packing in the representation that is the same on every machine.</content>
internal sealed unsafe partial class NativeBackend
{
    private static ReadOnlySpan<byte> External32 => "external32\0"u8;

    public override int PackExternal(void* source, int count, nint type, void* destination, long size, ref long position)
    {
        var at = (nint)position;
        fixed (byte* name = External32)
        {
            var code = Libmpi.MPI_Pack_external(name, source, count, type, destination, (nint)size, &at);
            position = at;
            return code;
        }
    }

    public override int UnpackExternal(void* source, long size, ref long position, void* destination, int count, nint type)
    {
        var at = (nint)position;
        fixed (byte* name = External32)
        {
            var code = Libmpi.MPI_Unpack_external(name, source, (nint)size, &at, destination, count, type);
            position = at;
            return code;
        }
    }

    public override int PackExternalSize(int count, nint type, out long size)
    {
        nint value;
        fixed (byte* name = External32)
        {
            var code = Libmpi.MPI_Pack_external_size(name, count, type, &value);
            size = value;
            return code;
        }
    }
}
