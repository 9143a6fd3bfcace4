using Braid.Serialization;

namespace Braid.Execution;

/// <summary>A captured cluster is, in the task, the cluster that runs it.</summary>
internal sealed class ClusterFormatter : Formatter<Cluster>
{
    public override void Write(ObjectWriter writer, Cluster value)
    {
        if (writer.State is not ReferenceScope)
            throw new SerializationException("A cluster travels only to its own tasks.");
    }

    public override Cluster Read(ObjectReader reader) => Cluster.Current;
}
