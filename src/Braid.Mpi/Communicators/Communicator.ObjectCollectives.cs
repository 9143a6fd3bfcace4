using Braid.Mpi.Objects;
using Braid.Serialization;

namespace Braid.Mpi;

/// <content>
/// Collectives of objects; every rank must call them, in the same order. Where a rank's object cannot travel, that rank and all that were to have it get
/// the exception: none waits in vain. Between the sides of an inter-communicator each rank gets what the other side's ranks give: the root gives
/// <see cref="Mpi.Root"/>, the other ranks of its side <see cref="Mpi.ProcNull"/> and those of the other side its rank. They run in a communicator merged of
/// both sides, which the first of these calls makes.
/// </content>
public partial class Communicator
{
    /// <summary>The root's object, at all ranks; at the fellows of an inter-communicator's root what they gave.</summary>
    /// <param name="value">At the root: what to send; ignored elsewhere.</param>
    /// <param name="root">The rank that sends.</param>
    /// <exception cref="MpiException">At all ranks: those of an inter-communicator disagree about the root (class <see cref="MpiErrorClass.Root"/>).</exception>
    /// <exception cref="SerializationException">The root's object cannot travel, or is no <typeparamref name="T"/>.</exception>
    public T? BroadcastObject<T>(T? value, int root = 0) =>
        Now(TypedCollectives.BroadcastAsync(Blocking(), value, IsRoot(root) ? Outgoing.Of(value) : null, root));

    /// <summary>The objects of all ranks, in their order, at the root; an empty array elsewhere.</summary>
    /// <exception cref="SerializationException">An object cannot travel: at its rank and at the root.</exception>
    public T?[] GatherObjects<T>(T value, int root = 0) => Now(TypedCollectives.GatherAsync<T>(Blocking(), Outgoing.Of(value), root));

    /// <summary>This rank's object out of the root's.</summary>
    /// <param name="values">At the root: one for each rank; ignored elsewhere.</param>
    /// <param name="root">The rank that sends.</param>
    /// <exception cref="ArgumentException">At all ranks: the root has not given one object for each.</exception>
    /// <exception cref="SerializationException">The object cannot travel: at its rank and at the root.</exception>
    public T? ScatterObjects<T>(IReadOnlyList<T>? values, int root = 0) =>
        Now(TypedCollectives.ScatterAsync<T>(Blocking(), IsRoot(root) ? Outgoing.OfEach(values!, Peers, nameof(values)) : null, root));

    /// <summary>The objects of all ranks, in their order, at all ranks.</summary>
    /// <exception cref="SerializationException">At all ranks: an object cannot travel.</exception>
    public T?[] AllGatherObjects<T>(T value) => Now(TypedCollectives.AllGatherAsync<T>(Blocking(), Outgoing.Of(value)));

    /// <summary>Gives an object to each rank and takes one from each, in the order of the ranks.</summary>
    /// <param name="values">One for each rank.</param>
    /// <exception cref="ArgumentException">At all ranks: one has not given one object for each.</exception>
    public T?[] AllToAllObjects<T>(IReadOnlyList<T> values) =>
        Now(TypedCollectives.AllToAllAsync<T>(Blocking(), Outgoing.OfEach(values, Peers, nameof(values))));

    /// <summary>The combination of all ranks' objects, at the root; the default elsewhere. Its first call makes a communicator for it.</summary>
    /// <param name="value">This rank's object.</param>
    /// <param name="combine">Of two objects the lower rank's comes first; it must be associative and need not be commutative.</param>
    /// <param name="root">The rank that has the result.</param>
    /// <remarks>What <paramref name="combine"/> throws is thrown at the root and at the ranks on the way to it.</remarks>
    public T? ReduceObject<T>(T value, Func<T, T, T> combine, int root = 0) =>
        Now(ObjectReductions.ReduceAsync(BlockingAside(), value, combine, CheckedRoot(root)));

    /// <summary>The combination of all ranks' objects, at all ranks; see <see cref="ReduceObject"/>. What <paramref name="combine"/> throws is thrown
    /// at all.</summary>
    public T AllReduceObject<T>(T value, Func<T, T, T> combine) => Now(ObjectReductions.AllReduceAsync(BlockingAside(), value, combine));

    /// <summary>The combination of the objects of the ranks up to and with this one.</summary>
    /// <exception cref="MpiException">This is an inter-communicator (class <see cref="MpiErrorClass.Comm"/>).</exception>
    public T ScanObject<T>(T value, Func<T, T, T> combine) =>
        Now(ObjectReductions.ScanAsync(BlockingScan("MPI_Scan"), value, combine, exclusive: false, value));

    /// <summary>The combination of the objects of the ranks before this one; <paramref name="initial"/> at rank 0.</summary>
    /// <exception cref="MpiException">This is an inter-communicator (class <see cref="MpiErrorClass.Comm"/>).</exception>
    public T? ExclusiveScanObject<T>(T value, Func<T, T, T> combine, T? initial = default) =>
        Now(ObjectReductions.ScanAsync(BlockingScan("MPI_Exscan"), value, combine, exclusive: true, initial!));

    /// <summary>The steps of a call that waits, in this communicator; between two sides, in that merged of them.</summary>
    private CollectiveSteps Blocking() => IsInter ? BlockingAside() : new(this, awaits: false);

    /// <summary>The steps of a call that waits, in the communicator aside, after what was awaited there before.</summary>
    private CollectiveSteps BlockingAside()
    {
        var steps = StepsAside(awaits: false);
        LastAside().GetAwaiter().GetResult();
        return steps;
    }

    private CollectiveSteps BlockingScan(string function)
    {
        _ = OneGroup(function);
        return BlockingAside();
    }

    private int CheckedRoot(int root) => IsInter || root >= 0 && root < Size
        ? root
        : throw new MpiException(MpiErrorClass.Root, (int)MpiErrorClass.Root, nameof(ReduceObject), $"rank {root} is none of {Size}.");

    /// <summary>The result of steps that have all waited.</summary>
    private static T Now<T>(ValueTask<T> done) => done.IsCompletedSuccessfully ? done.Result : done.AsTask().GetAwaiter().GetResult();
}
