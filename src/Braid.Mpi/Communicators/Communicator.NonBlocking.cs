using System.Buffers;
using Braid.Mpi.Abi;

namespace Braid.Mpi;

/// <content>Messages that are started and completed later, or awaited.</content>
public unsafe partial class Communicator
{
    /// <summary>MPIs send messages of up to so many bytes at once, so that asking whether one is gone costs less than pinning its buffer.</summary>
    private const int AtOnceBytesMax = 4096;

    /// <summary>Starts to send; the memory stays pinned and must not change until the request is done.</summary>
    public Request StartSend<T>(ReadOnlyMemory<T> buffer, int destination, int tag = 0) where T : unmanaged =>
        StartSend(SendMode.Standard, buffer, destination, tag, "MPI_Isend");

    /// <summary>Starts to send; done once the other side has begun to receive.</summary>
    public Request StartSendSynchronous<T>(ReadOnlyMemory<T> buffer, int destination, int tag = 0) where T : unmanaged =>
        StartSend(SendMode.Synchronous, buffer, destination, tag, "MPI_Issend");

    /// <summary>As <see cref="SendBuffered{T}"/>, which waits for nothing either; the request is done.</summary>
    public Request StartSendBuffered<T>(ReadOnlyMemory<T> buffer, int destination, int tag = 0) where T : unmanaged
    {
        fixed (T* start = buffer.Span)
        {
            BufferedSendSpace.Send(
                start, buffer.Length, TypeOf<T>.Handle, buffer.Length * TypeOf<T>.DataBytes, destination, tag, Handle, "MPI_Ibsend");
        }
        return new(default(Status));
    }

    /// <summary>Starts to send to a rank that is known to be receiving already.</summary>
    public Request StartSendReady<T>(ReadOnlyMemory<T> buffer, int destination, int tag = 0) where T : unmanaged =>
        StartSend(SendMode.Ready, buffer, destination, tag, "MPI_Irsend");

    /// <summary>Starts to receive; the memory stays pinned and must not be touched until the request is done.</summary>
    public Request StartReceive<T>(Memory<T> buffer, int source = Mpi.AnySource, int tag = Mpi.AnyTag) where T : unmanaged
    {
        var pins = Pins.Of<T>(buffer, out var start);
        nint request;
        var code = Runtime.Backend.StartReceive(start, buffer.Length, TypeOf<T>.Handle, source, tag, Handle, &request);
        return Started(code, request, pins, "MPI_Irecv", cancellable: true);
    }

    /// <summary>Sends; completed when the buffer can be used again.</summary>
    /// <param name="buffer">What to send; must not change until then.</param>
    /// <param name="destination">The rank to send to.</param>
    /// <param name="tag">From 0 to <see cref="TagUpperBound"/>.</param>
    /// <param name="cancellation">Ends the wait; the message goes on, since MPI has no way to take one back.</param>
    public ValueTask SendAsync<T>(ReadOnlyMemory<T> buffer, int destination, int tag = 0, CancellationToken cancellation = default)
        where T : unmanaged => Discard(StartSend(buffer, destination, tag).AsTask(cancellation));

    /// <summary>Receives; at once where the message is there already, else a shared background thread asks for it.</summary>
    /// <param name="buffer">At least as long as the message.</param>
    /// <param name="source">A rank or <see cref="Mpi.AnySource"/>.</param>
    /// <param name="tag">A tag or <see cref="Mpi.AnyTag"/>.</param>
    /// <param name="cancellation">Takes the receive back, unless its message is arriving already.</param>
    /// <exception cref="MpiException">The message is longer than the buffer (class <see cref="MpiErrorClass.Truncate"/>).</exception>
    /// <exception cref="OperationCanceledException">The receive was taken back.</exception>
    public ValueTask<Status> ReceiveAsync<T>(
        Memory<T> buffer, int source = Mpi.AnySource, int tag = Mpi.AnyTag, CancellationToken cancellation = default)
        where T : unmanaged => StartReceive(buffer, source, tag).AsTask(cancellation);

    /// <summary>A send that can be started again and again with the same buffer.</summary>
    public PersistentRequest PrepareSend<T>(ReadOnlyMemory<T> buffer, int destination, int tag = 0) where T : unmanaged
    {
        var pin = buffer.Pin();
        nint request;
        var code = Runtime.Backend.PrepareSend(
            SendMode.Standard, pin.Pointer, buffer.Length, TypeOf<T>.Handle, destination, tag, Handle, &request);
        return Prepared(code, request, pin, "MPI_Send_init");
    }

    /// <summary>A receive that can be started again and again with the same buffer.</summary>
    public PersistentRequest PrepareReceive<T>(Memory<T> buffer, int source = Mpi.AnySource, int tag = Mpi.AnyTag) where T : unmanaged
    {
        var pin = buffer.Pin();
        nint request;
        var code = Runtime.Backend.PrepareReceive(pin.Pointer, buffer.Length, TypeOf<T>.Handle, source, tag, Handle, &request);
        return Prepared(code, request, pin, "MPI_Recv_init");
    }

    internal static Request Started(int code, nint request, Pins pins, string function, bool cancellable = false, Op? op = null)
    {
        if (code != 0)
        {
            pins.Dispose();
            Runtime.Throw(code, function);
        }
        return new(request, pins, cancellable, op);
    }

    private static PersistentRequest Prepared(int code, nint request, MemoryHandle pin, string function)
    {
        if (code != 0)
        {
            pin.Dispose();
            Runtime.Throw(code, function);
        }
        return new(request, pin);
    }

    private static ValueTask Discard(ValueTask<Status> task) =>
        task.IsCompletedSuccessfully ? default : new(task.AsTask());

    private Request StartSend<T>(SendMode mode, ReadOnlyMemory<T> buffer, int destination, int tag, string function) where T : unmanaged
    {
        if (mode == SendMode.Standard && (long)buffer.Length * sizeof(T) <= AtOnceBytesMax)
        {
            return StartShortSend(buffer, destination, tag, function);
        }
        var pins = Pins.Of(buffer, out var start);
        nint request;
        var code = Runtime.Backend.StartSend(mode, start, buffer.Length, TypeOf<T>.Handle, destination, tag, Handle, &request);
        return Started(code, request, pins, function);
    }

    private Request StartShortSend<T>(ReadOnlyMemory<T> buffer, int destination, int tag, string function) where T : unmanaged
    {
        fixed (T* start = buffer.Span)
        {
            nint request;
            Runtime.Check(
                Runtime.Backend.StartSend(SendMode.Standard, start, buffer.Length, TypeOf<T>.Handle, destination, tag, Handle, &request),
                function);
            StatusBlock status = default;
            Runtime.Check(Runtime.Backend.Test(&request, out var done, &status), function);
            return done ? new(new Status(in status)) : new(request, PinUnderWay(buffer, request));
        }
    }

    /// <summary>Pins what is being sent already and is fixed until here. Where there is no memory for that, the message has to leave first.</summary>
    private static Pins PinUnderWay<T>(ReadOnlyMemory<T> buffer, nint request) where T : unmanaged
    {
        try
        {
            return Pins.Of(buffer, out _);
        }
        catch
        {
            StatusBlock status = default;
            _ = Runtime.Backend.Wait(&request, &status);
            throw;
        }
    }
}
