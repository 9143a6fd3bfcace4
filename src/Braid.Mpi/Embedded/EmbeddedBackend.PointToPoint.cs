using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Braid.Mpi.Abi;

namespace Braid.Mpi.Embedded;

/// <content>Point to point.</content>
internal sealed unsafe partial class EmbeddedBackend
{
    public override int Send(SendMode mode, void* buffer, int count, nint type, int destination, int tag, nint comm)
    {
        var to = _comms[comm];
        CheckSend(to, destination, tag);
        if (destination != Mpi.ProcNull)
        {
            Send(to, Stream.PointToPoint, new(buffer, count, _types[type]), destination, tag, mode == SendMode.Synchronous);
        }
        return 0;
    }

    public override int Receive(void* buffer, int count, nint type, int source, int tag, nint comm, StatusBlock* status)
    {
        var from = _comms[comm];
        CheckReceive(from, source, tag);
        if (source == Mpi.ProcNull)
        {
            Empty(status);
            return 0;
        }
        var receive = Engine.Rent();
        Start(receive, from, Stream.PointToPoint, new(buffer, count, _types[type]), source, tag);
        _engine.Wait(receive);
        var code = Report(receive, status);
        Engine.Return(receive);
        return code;
    }

    public override int SendReceive(
        void* send, int sendCount, nint sendType, int destination, int sendTag,
        void* receive, int receiveCount, nint receiveType, int source, int receiveTag, nint comm, StatusBlock* status)
    {
        nint request;
        StartReceive(receive, receiveCount, receiveType, source, receiveTag, comm, &request);
        Send(SendMode.Standard, send, sendCount, sendType, destination, sendTag, comm);
        return Wait(&request, status);
    }

    public override int SendReceiveReplace(
        void* buffer, int count, nint type, int destination, int sendTag, int source, int receiveTag, nint comm, StatusBlock* status)
    {
        var layout = _types[type];
        var packed = (byte*)NativeMemory.Alloc((nuint)Math.Max(1, count * layout.Size));
        try
        {
            layout.Pack(buffer, count, packed);
            return SendReceive(
                packed, checked((int)(count * layout.Size)), Type(BasicType.Byte), destination, sendTag,
                buffer, count, type, source, receiveTag, comm, status);
        }
        finally
        {
            NativeMemory.Free(packed);
        }
    }

    public override int StartSend(
        SendMode mode, void* buffer, int count, nint type, int destination, int tag, nint comm, nint* request)
    {
        var to = _comms[comm];
        CheckSend(to, destination, tag);
        var send = new Operation();
        *request = _requests.Add(send);
        Start(send, mode, to, buffer, count, _types[type], destination, tag);
        return 0;
    }

    public override int StartReceive(void* buffer, int count, nint type, int source, int tag, nint comm, nint* request)
    {
        var from = _comms[comm];
        CheckReceive(from, source, tag);
        var receive = new Operation { IsReceive = true };
        *request = _requests.Add(receive);
        StartOrEmpty(receive, from, buffer, count, _types[type], source, tag);
        return 0;
    }

    public override int PrepareSend(
        SendMode mode, void* buffer, int count, nint type, int destination, int tag, nint comm, nint* request)
    {
        var to = _comms[comm];
        var layout = _types[type];
        CheckSend(to, destination, tag);
        *request = _requests.Add(new()
        {
            Done = true, Restart = send => Start(send, mode, to, buffer, count, layout, destination, tag),
        });
        return 0;
    }

    public override int PrepareReceive(void* buffer, int count, nint type, int source, int tag, nint comm, nint* request)
    {
        var from = _comms[comm];
        var layout = _types[type];
        CheckReceive(from, source, tag);
        *request = _requests.Add(new()
        {
            Done = true, Restart = receive => StartOrEmpty(receive, from, buffer, count, layout, source, tag),
        });
        return 0;
    }

    public override int StartPrepared(nint* request)
    {
        var operation = _requests[*request];
        operation.Reset();
        operation.Restart!(operation);
        return 0;
    }

    public override int Probe(int source, int tag, nint comm, StatusBlock* status)
    {
        var patience = default(Engine.Patience);
        while (true)
        {
            TryProbe(source, tag, comm, out var found, status);
            if (found)
            {
                return 0;
            }
            _engine.Pause(ref patience, null);
        }
    }

    public override int TryProbe(int source, int tag, nint comm, out bool found, StatusBlock* status)
    {
        found = Find(source, tag, comm, take: false, status) is not null || source == Mpi.ProcNull;
        return 0;
    }

    public override int MatchedProbe(int source, int tag, nint comm, nint* message, StatusBlock* status)
    {
        var patience = default(Engine.Patience);
        while (true)
        {
            TryMatchedProbe(source, tag, comm, out var found, message, status);
            if (found)
            {
                return 0;
            }
            _engine.Pause(ref patience, null);
        }
    }

    public override int TryMatchedProbe(int source, int tag, nint comm, out bool found, nint* message, StatusBlock* status)
    {
        var arrival = Find(source, tag, comm, take: true, status);
        *message = arrival is null ? 0 : _messages.Add(arrival);
        found = arrival is not null || source == Mpi.ProcNull;
        return 0;
    }

    public override int MatchedReceive(void* buffer, int count, nint type, nint* message, StatusBlock* status)
    {
        nint request;
        StartMatchedReceive(buffer, count, type, message, &request);
        return Wait(&request, status);
    }

    public override int StartMatchedReceive(void* buffer, int count, nint type, nint* message, nint* request)
    {
        var receive = new Operation { IsReceive = true };
        *request = _requests.Add(receive);
        if (*message == 0)
        {
            Empty(receive);
            return 0;
        }
        var arrival = _messages[*message];
        _messages.Remove(*message);
        *message = 0;
        var data = Place(receive, buffer, count, _types[type], out var room);
        _engine.StartReceive(receive, arrival, data, room);
        return 0;
    }

    internal void Send(EmbeddedCommunicator to, Stream stream, Part part, int destination, int tag, bool synchronous = false)
    {
        var (process, context) = (to.Peers[destination], to.Context(stream));
        if (part.Type.IsContiguous)
        {
            _engine.Send(process, context, to.Rank, tag, (byte*)part.Start, part.Bytes, synchronous);
            return;
        }
        var packed = (byte*)NativeMemory.Alloc((nuint)Math.Max(1, part.Bytes));
        try
        {
            part.Type.Pack(part.Start, part.Count, packed);
            _engine.Send(process, context, to.Rank, tag, packed, part.Bytes, synchronous);
        }
        finally
        {
            NativeMemory.Free(packed);
        }
    }

    internal void Start(Operation receive, EmbeddedCommunicator from, Stream stream, Part part, int source, int tag)
    {
        var data = Place(receive, part.Start, part.Count, part.Type, out var room);
        _engine.StartReceive(receive, from.Context(stream), source, tag, data, room);
    }

    internal void Start(Operation send, SendMode mode, EmbeddedCommunicator to, Stream stream, Part part, int destination, int tag)
    {
        var data = (byte*)part.Start;
        if (!part.Type.IsContiguous)
        {
            send.Owned = data = (byte*)NativeMemory.Alloc((nuint)Math.Max(1, part.Bytes));
            part.Type.Pack(part.Start, part.Count, data);
        }
        _engine.StartSend(send, to.Peers[destination], to.Context(stream), to.Rank, tag, data, part.Bytes, mode == SendMode.Synchronous);
    }

    /// <summary>Receives a message of a collective, which has the length that it is to have.</summary>
    internal void ReceiveNow(EmbeddedCommunicator from, Stream stream, Part part, int source, int tag)
    {
        var receive = Engine.Rent();
        Start(receive, from, stream, part, source, tag);
        _engine.Wait(receive);
        ThrowIfFailed(receive);
        Engine.Return(receive);
    }

    internal void SwapNow(EmbeddedCommunicator of, Stream stream, Part send, int to, Part receive, int from, int tag)
    {
        var coming = Engine.Rent();
        Start(coming, of, stream, receive, from, tag);
        Send(of, stream, send, to, tag);
        _engine.Wait(coming);
        ThrowIfFailed(coming);
        Engine.Return(coming);
    }

    private void Start(
        Operation send, SendMode mode, EmbeddedCommunicator to, void* buffer, long count, EmbeddedType type, int destination, int tag)
    {
        if (destination == Mpi.ProcNull)
        {
            Empty(send);
        }
        else
        {
            Start(send, mode, to, Stream.PointToPoint, new(buffer, count, type), destination, tag);
        }
    }

    private void StartOrEmpty(
        Operation receive, EmbeddedCommunicator from, void* buffer, long count, EmbeddedType type, int source, int tag)
    {
        if (source == Mpi.ProcNull)
        {
            Empty(receive);
        }
        else
        {
            Start(receive, from, Stream.PointToPoint, new(buffer, count, type), source, tag);
        }
    }

    /// <summary>Where the bytes of a receive go: straight to the buffer, or packed beside it.</summary>
    private static byte* Place(Operation receive, void* buffer, long count, EmbeddedType type, out long room)
    {
        room = count * type.Size;
        if (type.IsContiguous)
        {
            return (byte*)buffer;
        }
        receive.Owned = NativeMemory.Alloc((nuint)Math.Max(1, room));
        receive.Unpack = type;
        receive.UnpackTo = buffer;
        receive.UnpackCount = checked((int)count);
        return (byte*)receive.Owned;
    }

    private Arrival? Find(int source, int tag, nint comm, bool take, StatusBlock* status)
    {
        var from = _comms[comm];
        CheckReceive(from, source, tag);
        if (source == Mpi.ProcNull)
        {
            Empty(status);
            return null;
        }
        var arrival = _engine.Find(from.Context(Stream.PointToPoint), source, tag, take);
        if (arrival is not null && status != null)
        {
            *status = default;
            ref var fields = ref Fields(in *status);
            (fields.Source, fields.Tag, fields.Bytes) = (arrival.Source, arrival.Tag, arrival.Length);
        }
        return arrival;
    }

    private static void Empty(StatusBlock* status)
    {
        if (status != null)
        {
            *status = default;
            (Fields(in *status).Source, Fields(in *status).Tag) = (Mpi.ProcNull, Mpi.AnyTag);
        }
    }

    private static void Empty(Operation operation) =>
        (operation.Source, operation.MessageTag, operation.Done) = (Mpi.ProcNull, Mpi.AnyTag, true);

    private void CheckSend(EmbeddedCommunicator to, int destination, int tag)
    {
        if ((uint)destination >= (uint)to.Peers.Length && destination != Mpi.ProcNull)
        {
            throw InvalidRank("MPI_Send", destination, to);
        }
        if (tag < 0)
        {
            throw Failure(MpiErrorClass.Tag, "MPI_Send", $"invalid tag {tag}; tags are 0 to {TagMax}.");
        }
    }

    private void CheckReceive(EmbeddedCommunicator from, int source, int tag)
    {
        if ((uint)source >= (uint)from.Peers.Length && source is not (Mpi.AnySource or Mpi.ProcNull))
        {
            throw InvalidRank("MPI_Recv", source, from);
        }
        if (tag < 0 && tag != Mpi.AnyTag)
        {
            throw Failure(MpiErrorClass.Tag, "MPI_Recv", $"invalid tag {tag}; tags are 0 to {TagMax}, or Mpi.AnyTag.");
        }
    }

    private MpiException InvalidRank(string function, int rank, EmbeddedCommunicator of) => Failure(
        MpiErrorClass.Rank, function, $"invalid rank {rank}; the communicator has {of.Peers.Length}."
        + (_engine.Ranks == 1 ? " This job is one rank: mpirun -n 4, or braid-mpi run -n 4, in front of the program starts more." : ""));
}
