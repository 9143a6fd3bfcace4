namespace Braid.Mpi;

/// <summary>How an MPI pairs the blocks that one rank sends another in several directions.</summary>
internal enum BlockOrder
{
    /// <summary>What was sent downwards comes from above, as the standard has it.</summary>
    Right,

    /// <summary>The first that was sent is the first that is received.</summary>
    Straight,

    /// <summary>The first that was sent is the last that is received: right along one dimension, wrong along two.</summary>
    Backward,
}

/// <summary>
/// In a periodic dimension of one or two ranks both neighbours are the same rank, and what it sent downwards is what comes from above, as in any longer ring (MPI 4.1,
/// section 8.6). MPIs from before that was said differ: MPICH 4.0 takes blocks of varying lengths straight and those of started calls backward, Open MPI 4.1
/// those of started calls straight. So the library is asked what it does, once, by a grid of this rank alone.
/// </summary>
internal static unsafe class SmallRings
{
    private static readonly Lazy<BlockOrder> Plain = new(static () => Ask(varying: false, started: false));
    private static readonly Lazy<BlockOrder> PlainStarted = new(static () => Ask(varying: false, started: true));
    private static readonly Lazy<BlockOrder> Varying = new(static () => Ask(varying: true, started: false));
    private static readonly Lazy<BlockOrder> VaryingStarted = new(static () => Ask(varying: true, started: true));

    public static BlockOrder OrderOf(bool varying, bool started) =>
        (varying ? started ? VaryingStarted : Varying : started ? PlainStarted : Plain).Value;

    private static BlockOrder Ask(bool varying, bool started)
    {
        Runtime.Check(Runtime.Backend.CreateCartesian(Runtime.Backend.Self, [1, 1], [true, true], false, out var grid), "MPI_Cart_create");
        int* send = stackalloc int[] { 0, 1, 2, 3 }, receive = stackalloc int[4], counts = stackalloc int[] { 1, 1, 1, 1 };
        var type = TypeOf<int>.Handle;
        nint request;
        var code = varying
            ? Runtime.Backend.NeighborAllToAllV(send, counts, send, type, receive, counts, send, type, grid, started ? &request : null)
            : Runtime.Backend.NeighborAllToAll(send, 1, type, receive, 1, type, grid, started ? &request : null);
        Runtime.Check(code, "MPI_Neighbor_alltoall");
        if (started)
        {
            Abi.StatusBlock status = default;
            Runtime.Check(Runtime.Backend.Wait(&request, &status), "MPI_Wait");
        }
        Runtime.Check(Runtime.Backend.Free(&grid), "MPI_Comm_free");
        return receive[0] switch
        {
            0 => BlockOrder.Straight,
            3 => BlockOrder.Backward,
            _ => BlockOrder.Right,
        };
    }
}
