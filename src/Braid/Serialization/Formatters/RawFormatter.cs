namespace Braid.Serialization.Formatters;

/// <summary>Values that travel as their bytes in memory.</summary>
internal sealed class RawFormatter<T> : LeafFormatter<T> where T : unmanaged
{
    public override void Write(ObjectWriter writer, T value) => writer.WriteFixed(value);

    public override T Read(ObjectReader reader) => reader.ReadFixed<T>();
}
