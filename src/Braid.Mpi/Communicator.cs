using System.Runtime.CompilerServices;

namespace Braid.Mpi;

/// <summary>
/// A group of ranks that talk to each other, apart from all other communicators. With spans of any unmanaged type a call is MPI's own on
/// the memory where it lies: nothing is copied or allocated. All members may be used from any thread where <see cref="Mpi.ThreadLevel"/> is
/// Multiple; collectives must be called by all ranks in the same order.
/// </summary>
public partial class Communicator : IDisposable
{
    private nint _handle;
    private readonly bool _owned;

    internal Communicator(nint handle, bool owned = true)
    {
        (_handle, _owned) = (handle, owned);
        Runtime.Check(Runtime.Backend.Rank(handle, out var rank), "MPI_Comm_rank");
        Runtime.Check(Runtime.Backend.Size(handle, out var size), "MPI_Comm_size");
        Runtime.Check(Runtime.Backend.IsInter(handle, out var inter), "MPI_Comm_test_inter");
        (Rank, Size, IsInter) = (rank, size, inter);
        if (inter)
        {
            Runtime.Check(Runtime.Backend.RemoteSize(handle, out var remote), "MPI_Comm_remote_size");
            RemoteSize = remote;
        }
    }

    /// <summary>The number of this process in the communicator, from 0.</summary>
    public int Rank { get; }

    /// <summary>How many processes there are; of an inter-communicator, on this side.</summary>
    public int Size { get; }

    /// <summary>Whether it joins two groups, each of which sees the ranks of the other.</summary>
    public bool IsInter { get; }

    /// <summary>How many processes the other side of an inter-communicator has; 0 otherwise.</summary>
    public int RemoteSize { get; }

    /// <summary>A name for debuggers; MPI may cut it to 63 bytes.</summary>
    public string Name
    {
        get
        {
            Runtime.Check(Runtime.Backend.GetName(Handle, out var name), "MPI_Comm_get_name");
            return name;
        }
        set => Runtime.Check(Runtime.Backend.SetName(Handle, value), "MPI_Comm_set_name");
    }

    /// <summary>What MPI says of itself, or null where it does not say.</summary>
    public long? GetAttribute(CommunicatorAttribute attribute) => Runtime.Backend.Attribute(Handle, attribute);

    /// <summary>The largest tag that a message can have.</summary>
    public int TagUpperBound => (int)Math.Min(int.MaxValue, GetAttribute(CommunicatorAttribute.TagUpperBound) ?? 32767);

    /// <summary>The processes of this communicator; of an inter-communicator, those of this side.</summary>
    public Group Group
    {
        get
        {
            Runtime.Check(Runtime.Backend.GroupOf(Handle, out var group), "MPI_Comm_group");
            return new(group);
        }
    }

    /// <summary>The processes of the other side.</summary>
    /// <exception cref="MpiException">This is no inter-communicator (class <see cref="MpiErrorClass.Comm"/>).</exception>
    public Group RemoteGroup
    {
        get
        {
            RequireInter("MPI_Comm_remote_group");
            Runtime.Check(Runtime.Backend.RemoteGroupOf(Handle, out var group), "MPI_Comm_remote_group");
            return new(group);
        }
    }

    /// <summary>The handle, refused once MPI is finalised.</summary>
    internal nint Handle
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            Runtime.ThrowIfFinished();
            return _handle;
        }
    }

    /// <summary>How many blocks a gather brings: the ranks of the other side where there is one.</summary>
    private int Peers => IsInter ? RemoteSize : Size;

    /// <summary>Frees the communicator; collective over its ranks. The world and the self stay.</summary>
    public unsafe void Dispose()
    {
        _aside?.Dispose();
        _aside = null;
        if (_owned && _handle != Runtime.Backend.CommNull && Runtime.IsActive)
        {
            var handle = _handle;
            _handle = Runtime.Backend.CommNull;
            Runtime.Check(Runtime.Backend.Free(&handle), "MPI_Comm_free");
        }
        GC.SuppressFinalize(this);
    }

    /// <summary>The handle, for what MPI has within one group only. Refused here, because Open MPI 4.1 dies of a scan over two.</summary>
    private nint OneGroup(string function) => !IsInter ? Handle
        : throw new MpiException(
            MpiErrorClass.Comm, (int)MpiErrorClass.Comm, function,
            "an inter-communicator has no such collective: what a rank gives and what it gets are of different sides. Merge it first.");

    /// <summary>Refused here, because MPICH 4.0 dies when it merges what is no inter-communicator.</summary>
    private void RequireInter(string function)
    {
        if (!IsInter)
        {
            throw new MpiException(
                MpiErrorClass.Comm, (int)MpiErrorClass.Comm, function, "the communicator has one group only; JoinInter makes one with two.");
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"rank {Rank} of {Size}";
}
