using System.Buffers;
using Braid.Mpi.Abi;

namespace Braid.Mpi;

/// <summary>A message that was matched by a probe and waits to be received; receive it once.</summary>
public sealed unsafe class Message
{
    private readonly nint _handle;
    private int _taken;

    internal Message(nint handle, Status status) => (_handle, Status) = (handle, status);

    /// <summary>From whom it is and how long.</summary>
    public Status Status { get; }

    /// <summary>Receives it.</summary>
    /// <exception cref="MpiException">The message is longer than the buffer (class <see cref="MpiErrorClass.Truncate"/>).</exception>
    public Status Receive<T>(Span<T> buffer) where T : unmanaged
    {
        Runtime.ThrowIfFinished();
        StatusBlock status = default;
        var handle = Take();
        fixed (T* start = buffer)
        {
            Runtime.Check(Runtime.Backend.MatchedReceive(start, buffer.Length, TypeOf<T>.Handle, &handle, &status), "MPI_Mrecv");
        }
        return new(in status);
    }

    /// <summary>Receives it into a place laid out by a datatype.</summary>
    public Status Receive(TypedSpan buffer)
    {
        Runtime.ThrowIfFinished();
        StatusBlock status = default;
        var handle = Take();
        fixed (byte* start = buffer)
        {
            Runtime.Check(Runtime.Backend.MatchedReceive(start, buffer.Count, buffer.Type.Handle, &handle, &status), "MPI_Mrecv");
        }
        GC.KeepAlive(buffer.Type);
        return new(in status);
    }

    /// <summary>Receives it into an array of its length.</summary>
    /// <exception cref="MpiException">It is not a whole number of <typeparamref name="T"/>.</exception>
    public T[] Receive<T>() where T : unmanaged
    {
        var buffer = new T[Status.GetCount<T>()];
        Receive(buffer.AsSpan());
        return buffer;
    }

    /// <summary>Starts to receive it.</summary>
    public Request StartReceive<T>(Memory<T> buffer) where T : unmanaged
    {
        Runtime.ThrowIfFinished();
        var pin = buffer.Pin();
        nint request;
        var handle = Take();
        var code = Runtime.Backend.StartMatchedReceive(pin.Pointer, buffer.Length, TypeOf<T>.Handle, &handle, &request);
        return Communicator.Started(code, request, new(pin), "MPI_Imrecv", cancellable: true);
    }

    /// <summary>Receives it as an object.</summary>
    /// <exception cref="Serialization.SerializationException">It was not sent as an object, was damaged, or holds another type.</exception>
    public T? ReceiveObject<T>()
    {
        Runtime.ThrowIfFinished();
        var status = Status.Block;
        return Communicator.TakeObject<T>(Take(), Status.Source == Mpi.ProcNull, ref status, out _);
    }

    private nint Take() => Interlocked.Exchange(ref _taken, 1) == 0
        ? _handle
        : throw new InvalidOperationException("The message was received already.");
}
