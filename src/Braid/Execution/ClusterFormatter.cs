using Braid.Serialization;

namespace Braid.Execution;

/// <summary>A captured cluster is, in the task, the cluster that runs it.</summary>
internal sealed class ClusterFormatter : Formatter<Cluster>
{
    public override void Write(ObjectWriter writer, Cluster value)
    {
        if (writer.State is not ReferenceScope scope)
            throw new SerializationException("A cluster travels only to its own tasks.");
        if (scope.IsForeign(value.Backend))
            throw new SerializationException(value, typeof(Cluster), "it is another cluster than the one that this goes to, and workers know only their own.");
    }

    public override Cluster Read(ObjectReader reader) => Cluster.Current;
}
