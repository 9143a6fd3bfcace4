using System.Collections.Concurrent;
using Braid.Serialization;

namespace Braid.Mpi.Objects;

/// <summary>
/// How a message names the static type that its value was written as, so that a receiver who asks for another type (a base class, object) is
/// served or told. The names are equal as long as both ends ask for the same, which costs one comparison of bytes.
/// </summary>
internal static class TypeNameOf<T>
{
    internal static readonly byte[] Bytes = Write();

    private static byte[] Write()
    {
        var writer = new ObjectWriter();
        writer.WriteType(typeof(T));
        return writer.WrittenSpan.ToArray();
    }
}

/// <summary>Reads a value written as some type that is known only now.</summary>
internal abstract class TypedReader
{
    private static readonly ConcurrentDictionary<Type, TypedReader> Known = new();

    /// <exception cref="SerializationException">The bytes name no type of this application, or one that no value has.</exception>
    public static TypedReader Of(ReadOnlySpan<byte> name)
    {
        var reader = new ObjectReader();
        reader.Reset(name.ToArray());
        var type = reader.ReadType();
        if (reader.Remaining != 0 || type == typeof(void) || type.IsByRefLike || type.ContainsGenericParameters || type.IsPointer)
        {
            throw new SerializationException($"The message names {type} as the type of its value. It was damaged, or not sent as an object.");
        }
        return Known.GetOrAdd(
            type, static type => (TypedReader)Activator.CreateInstance(typeof(TypedReader<>).MakeGenericType(type))!);
    }

    public abstract Type Type { get; }

    public abstract object? Read(ObjectReader reader);
}

internal sealed class TypedReader<T> : TypedReader
{
    public override Type Type => typeof(T);

    public override object? Read(ObjectReader reader) => reader.Read<T>();
}
