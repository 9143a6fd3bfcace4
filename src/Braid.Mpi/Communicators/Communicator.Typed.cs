using Braid.Mpi.Abi;

namespace Braid.Mpi;

/// <content>Messages between two ranks whose data lies as a <see cref="Datatype"/> says.</content>
public unsafe partial class Communicator
{
    /// <summary>As <see cref="Send{T}(ReadOnlySpan{T}, int, int)"/>, of data laid out by a datatype.</summary>
    public void Send(ReadOnlyTypedSpan buffer, int destination, int tag = 0) =>
        Send(SendMode.Standard, buffer, destination, tag, "MPI_Send");

    /// <summary>As <see cref="SendSynchronous{T}"/>, of data laid out by a datatype.</summary>
    public void SendSynchronous(ReadOnlyTypedSpan buffer, int destination, int tag = 0) =>
        Send(SendMode.Synchronous, buffer, destination, tag, "MPI_Ssend");

    /// <summary>As <see cref="SendBuffered{T}"/>, of data laid out by a datatype.</summary>
    public void SendBuffered(ReadOnlyTypedSpan buffer, int destination, int tag = 0)
    {
        fixed (byte* start = buffer)
        {
            BufferedSendSpace.Send(
                start, buffer.Count, buffer.Type.Handle, buffer.Count * buffer.Type.Size, destination, tag, Handle, "MPI_Bsend");
        }
        GC.KeepAlive(buffer.Type);
    }

    /// <summary>As <see cref="Receive{T}(Span{T}, int, int)"/>, into a place laid out by a datatype; what lies between stays.</summary>
    public Status Receive(TypedSpan buffer, int source = Mpi.AnySource, int tag = Mpi.AnyTag)
    {
        StatusBlock status = default;
        fixed (byte* start = buffer)
        {
            Runtime.Check(
                Runtime.Backend.Receive(start, buffer.Count, buffer.Type.Handle, source, tag, Handle, &status), "MPI_Recv");
        }
        GC.KeepAlive(buffer.Type);
        return new(in status);
    }

    /// <summary>Sends and receives at once, each laid out by its datatype.</summary>
    public Status SendReceive(
        ReadOnlyTypedSpan send, int destination, TypedSpan receive, int source = Mpi.AnySource, int sendTag = 0,
        int receiveTag = Mpi.AnyTag)
    {
        StatusBlock status = default;
        fixed (byte* from = send)
        fixed (byte* to = receive)
        {
            Runtime.Check(
                Runtime.Backend.SendReceive(
                    from, send.Count, send.Type.Handle, destination, sendTag,
                    to, receive.Count, receive.Type.Handle, source, receiveTag, Handle, &status),
                "MPI_Sendrecv");
        }
        GC.KeepAlive(send.Type);
        GC.KeepAlive(receive.Type);
        return new(in status);
    }

    /// <summary>Starts to send data laid out by a datatype.</summary>
    public Request StartSend<T>(ReadOnlyTypedMemory<T> buffer, int destination, int tag = 0) where T : unmanaged
    {
        var pin = buffer.Memory.Pin();
        nint request;
        var code = Runtime.Backend.StartSend(
            SendMode.Standard, pin.Pointer, buffer.Count, buffer.Type.Handle, destination, tag, Handle, &request);
        GC.KeepAlive(buffer.Type);
        return Started(code, request, new(pin), "MPI_Isend");
    }

    /// <summary>Starts to receive into a place laid out by a datatype.</summary>
    public Request StartReceive<T>(TypedMemory<T> buffer, int source = Mpi.AnySource, int tag = Mpi.AnyTag) where T : unmanaged
    {
        var pin = buffer.Memory.Pin();
        nint request;
        var code = Runtime.Backend.StartReceive(pin.Pointer, buffer.Count, buffer.Type.Handle, source, tag, Handle, &request);
        GC.KeepAlive(buffer.Type);
        return Started(code, request, new(pin), "MPI_Irecv", cancellable: true);
    }

    /// <summary>Sends data laid out by a datatype; see
    /// <see cref="SendAsync{T}(ReadOnlyMemory{T}, int, int, CancellationToken)"/>.</summary>
    public ValueTask SendAsync<T>(
        ReadOnlyTypedMemory<T> buffer, int destination, int tag = 0, CancellationToken cancellation = default) where T : unmanaged =>
        Discard(StartSend(buffer, destination, tag).AsTask(cancellation));

    /// <summary>Receives into a place laid out by a datatype; see <see cref="ReceiveAsync{T}(Memory{T}, int, int,
    /// CancellationToken)"/>.</summary>
    public ValueTask<Status> ReceiveAsync<T>(
        TypedMemory<T> buffer, int source = Mpi.AnySource, int tag = Mpi.AnyTag, CancellationToken cancellation = default)
        where T : unmanaged => StartReceive(buffer, source, tag).AsTask(cancellation);

    /// <summary>A send of data laid out by a datatype that can be started again and again.</summary>
    public PersistentRequest PrepareSend<T>(ReadOnlyTypedMemory<T> buffer, int destination, int tag = 0) where T : unmanaged
    {
        var pin = buffer.Memory.Pin();
        nint request;
        var code = Runtime.Backend.PrepareSend(
            SendMode.Standard, pin.Pointer, buffer.Count, buffer.Type.Handle, destination, tag, Handle, &request);
        GC.KeepAlive(buffer.Type);
        return Prepared(code, request, pin, "MPI_Send_init");
    }

    /// <summary>A receive into a place laid out by a datatype that can be started again and again.</summary>
    public PersistentRequest PrepareReceive<T>(TypedMemory<T> buffer, int source = Mpi.AnySource, int tag = Mpi.AnyTag)
        where T : unmanaged
    {
        var pin = buffer.Memory.Pin();
        nint request;
        var code = Runtime.Backend.PrepareReceive(pin.Pointer, buffer.Count, buffer.Type.Handle, source, tag, Handle, &request);
        GC.KeepAlive(buffer.Type);
        return Prepared(code, request, pin, "MPI_Recv_init");
    }

    private void Send(SendMode mode, ReadOnlyTypedSpan buffer, int destination, int tag, string function)
    {
        fixed (byte* start = buffer)
        {
            Runtime.Check(
                Runtime.Backend.Send(mode, start, buffer.Count, buffer.Type.Handle, destination, tag, Handle), function);
        }
        GC.KeepAlive(buffer.Type);
    }
}
