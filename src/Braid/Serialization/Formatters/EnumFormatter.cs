using System.Runtime.CompilerServices;

namespace Braid.Serialization.Formatters;

/// <summary>Enums travel as their numbers; every number of the right width is a value, as it is in C#.</summary>
internal sealed class EnumFormatter<T> : LeafFormatter<T> where T : struct, Enum
{
    private static readonly bool Signed = Type.GetTypeCode(typeof(T)) is TypeCode.SByte or TypeCode.Int16 or TypeCode.Int32 or TypeCode.Int64;

    public override void Write(ObjectWriter writer, T value)
    {
        switch (Unsafe.SizeOf<T>())
        {
            case 1: writer.WriteByte(Unsafe.BitCast<T, byte>(value)); break;
            case 2: writer.WriteInt16(Unsafe.BitCast<T, short>(value)); break;
            case 4 when Signed: writer.WriteVarInt32(Unsafe.BitCast<T, int>(value)); break;
            case 4: writer.WriteVarUInt32(Unsafe.BitCast<T, uint>(value)); break;
            default:
                if (Signed)
                    writer.WriteVarInt64(Unsafe.BitCast<T, long>(value));
                else
                    writer.WriteVarUInt64(Unsafe.BitCast<T, ulong>(value));
                break;
        }
    }

    public override T Read(ObjectReader reader) => Unsafe.SizeOf<T>() switch
    {
        1 => Unsafe.BitCast<byte, T>(reader.ReadByte()),
        2 => Unsafe.BitCast<short, T>(reader.ReadInt16()),
        4 => Signed ? Unsafe.BitCast<int, T>(reader.ReadVarInt32()) : Unsafe.BitCast<uint, T>(reader.ReadVarUInt32()),
        _ => Signed ? Unsafe.BitCast<long, T>(reader.ReadVarInt64()) : Unsafe.BitCast<ulong, T>(reader.ReadVarUInt64()),
    };
}
