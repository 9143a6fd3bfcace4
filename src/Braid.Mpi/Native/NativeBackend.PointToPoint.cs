using System.Runtime.CompilerServices;
using Braid.Mpi.Abi;

namespace Braid.Mpi.Native;

/// <content>Point to point.</content>
internal sealed unsafe partial class NativeBackend
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public override int Send(SendMode mode, void* buffer, int count, nint type, int destination, int tag, nint comm) =>
        mode == SendMode.Standard
            ? Libmpi.MPI_Send(buffer, count, type, Peer(destination), tag, comm)
            : SendInMode(mode, buffer, count, type, Peer(destination), tag, comm);

    private static int SendInMode(SendMode mode, void* buffer, int count, nint type, int destination, int tag, nint comm) => mode switch
    {
        SendMode.Synchronous => Libmpi.MPI_Ssend(buffer, count, type, destination, tag, comm),
        _ => Libmpi.MPI_Rsend(buffer, count, type, destination, tag, comm),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public override int Receive(void* buffer, int count, nint type, int source, int tag, nint comm, StatusBlock* status) =>
        Libmpi.MPI_Recv(buffer, count, type, Peer(source), TagOf(tag), comm, Out(status));

    public override int SendReceive(
        void* send, int sendCount, nint sendType, int destination, int sendTag,
        void* receive, int receiveCount, nint receiveType, int source, int receiveTag, nint comm, StatusBlock* status) =>
        Libmpi.MPI_Sendrecv(
            send, sendCount, sendType, Peer(destination), sendTag,
            receive, receiveCount, receiveType, Peer(source), TagOf(receiveTag), comm, Out(status));

    public override int SendReceiveReplace(
        void* buffer, int count, nint type, int destination, int sendTag, int source, int receiveTag, nint comm, StatusBlock* status) =>
        Libmpi.MPI_Sendrecv_replace(buffer, count, type, Peer(destination), sendTag, Peer(source), TagOf(receiveTag), comm, Out(status));

    // Before MPICH writes the 4 bytes of its handle, the 8 of ours are cleared.
    public override int StartSend(SendMode mode, void* buffer, int count, nint type, int destination, int tag, nint comm, nint* request)
    {
        *request = 0;
        var peer = Peer(destination);
        return mode switch
        {
            SendMode.Standard => Libmpi.MPI_Isend(buffer, count, type, peer, tag, comm, request),
            SendMode.Synchronous => Libmpi.MPI_Issend(buffer, count, type, peer, tag, comm, request),
            _ => Libmpi.MPI_Irsend(buffer, count, type, peer, tag, comm, request),
        };
    }

    public override int StartReceive(void* buffer, int count, nint type, int source, int tag, nint comm, nint* request)
    {
        *request = 0;
        return Libmpi.MPI_Irecv(buffer, count, type, Peer(source), TagOf(tag), comm, request);
    }

    public override int PrepareSend(SendMode mode, void* buffer, int count, nint type, int destination, int tag, nint comm, nint* request)
    {
        *request = 0;
        var peer = Peer(destination);
        return mode switch
        {
            SendMode.Standard => Libmpi.MPI_Send_init(buffer, count, type, peer, tag, comm, request),
            SendMode.Synchronous => Libmpi.MPI_Ssend_init(buffer, count, type, peer, tag, comm, request),
            _ => Libmpi.MPI_Rsend_init(buffer, count, type, peer, tag, comm, request),
        };
    }

    public override int PrepareReceive(void* buffer, int count, nint type, int source, int tag, nint comm, nint* request)
    {
        *request = 0;
        return Libmpi.MPI_Recv_init(buffer, count, type, Peer(source), TagOf(tag), comm, request);
    }

    public override int StartPrepared(nint* request) => Libmpi.MPI_Start(request);

    public override int Probe(int source, int tag, nint comm, StatusBlock* status) =>
        Libmpi.MPI_Probe(Peer(source), TagOf(tag), comm, Out(status));

    public override int TryProbe(int source, int tag, nint comm, out bool found, StatusBlock* status)
    {
        int flag;
        var code = Libmpi.MPI_Iprobe(Peer(source), TagOf(tag), comm, &flag, Out(status));
        found = flag != 0;
        return code;
    }

    public override int MatchedProbe(int source, int tag, nint comm, nint* message, StatusBlock* status)
    {
        *message = 0;
        return Libmpi.MPI_Mprobe(Peer(source), TagOf(tag), comm, message, Out(status));
    }

    public override int TryMatchedProbe(int source, int tag, nint comm, out bool found, nint* message, StatusBlock* status)
    {
        *message = 0;
        int flag;
        var code = Libmpi.MPI_Improbe(Peer(source), TagOf(tag), comm, &flag, message, Out(status));
        found = flag != 0;
        return code;
    }

    public override int MatchedReceive(void* buffer, int count, nint type, nint* message, StatusBlock* status) =>
        Libmpi.MPI_Mrecv(buffer, count, type, message, Out(status));

    public override int StartMatchedReceive(void* buffer, int count, nint type, nint* message, nint* request)
    {
        *request = 0;
        return Libmpi.MPI_Imrecv(buffer, count, type, message, request);
    }
}
