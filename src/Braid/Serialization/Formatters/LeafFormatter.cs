namespace Braid.Serialization.Formatters;

/// <summary>Formats values that hold no other object. They are immutable, so sharing one is not worth a look at a table.</summary>
internal abstract class LeafFormatter<T> : Formatter<T>
{
    internal sealed override bool Tracked => false;

    internal sealed override bool IsLeaf => true;

    internal sealed override bool NeedsParts => false;
}

/// <summary>A leaf given by two functions. Both must check nothing but what the type's own constructor does not.</summary>
internal sealed class Leaf<T>(Action<ObjectWriter, T> write, Func<ObjectReader, T> read) : LeafFormatter<T>
{
    public override void Write(ObjectWriter writer, T value) => write(writer, value);

    public override T Read(ObjectReader reader) => read(reader);
}
