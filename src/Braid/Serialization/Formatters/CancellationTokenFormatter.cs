using Braid.Serialization.Types;

namespace Braid.Serialization.Formatters;

/// <summary>A token that can still change belongs to its process; one that cannot is just a Boolean.</summary>
internal sealed class CancellationTokenFormatter : Formatter<CancellationToken>
{
    internal override bool NeedsParts => false;

    public override void Write(ObjectWriter writer, CancellationToken value)
    {
        Check(value);
        writer.WriteBoolean(value.IsCancellationRequested);
    }

    public override CancellationToken Read(ObjectReader reader) => new(reader.ReadBoolean());

    internal override void Scan(Graphs.GraphVisitor visitor, CancellationToken value) => Check(value);

    private static void Check(CancellationToken value)
    {
        if (value.CanBeCanceled && !value.IsCancellationRequested)
            throw new SerializationException(null, typeof(CancellationToken), Travel.WhyNot(typeof(CancellationToken))!);
    }
}
