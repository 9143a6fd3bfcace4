using Braid.Mpi.Abi;
using Braid.Mpi.Objects;
using Braid.Serialization;

namespace Braid.Mpi;

/// <content>Objects from one rank to another: everything that Braid's serializer takes.</content>
public unsafe partial class Communicator
{
    /// <summary>Awaited receives of objects that no message has come for yet: a later one that could take the same message lets them go first.</summary>
    private readonly WaitingReceives _waitingReceives = new();

    /// <summary>
    /// Sends an object as one message; returns when it may be changed again, which may be before or after the other side receives.
    /// Arrays of numbers and the like of 64 KiB and more are copied once beside the rest; the message may be longer than 2 GiB, what it holds beside such
    /// arrays may not.
    /// </summary>
    /// <exception cref="SerializationException">Something in it cannot travel, which is named with its path; nothing was sent.</exception>
    /// <exception cref="MpiException">Invalid rank, tag or communicator.</exception>
    public void SendObject<T>(T value, int destination, int tag = 0) => SendObject(SendMode.Standard, value, destination, tag, "MPI_Send");

    /// <summary>As <see cref="SendObject{T}(T, int, int)"/>, and returns only once the other side has begun to receive.</summary>
    public void SendObjectSynchronous<T>(T value, int destination, int tag = 0) =>
        SendObject(SendMode.Synchronous, value, destination, tag, "MPI_Ssend");

    /// <summary>Sends an object; completed when its message has left. The object may be changed as soon as the call has returned.</summary>
    /// <param name="value">What to send; it is written before the call returns.</param>
    /// <param name="destination">The rank to send to.</param>
    /// <param name="tag">From 0 to <see cref="TagUpperBound"/>.</param>
    /// <param name="cancellation">Ends the wait; the message goes on, since MPI has no way to take one back.</param>
    /// <exception cref="SerializationException">Something in it cannot travel; nothing was sent.</exception>
    public ValueTask SendObjectAsync<T>(T value, int destination, int tag = 0, CancellationToken cancellation = default)
    {
        var block = ObjectCodec.Encode(value);
        var request = StartSend(block, destination, tag);
        return request.Test(out _) ? default : new(request.AsTask(cancellation).AsTask());
    }

    /// <summary>Receives an object, of whatever length.</summary>
    /// <typeparam name="T">What was sent, or a base class or interface of it; <c>object</c> takes everything.</typeparam>
    /// <param name="source">A rank, <see cref="Mpi.AnySource"/>, or <see cref="Mpi.ProcNull"/>, which gives the default.</param>
    /// <param name="tag">A tag or <see cref="Mpi.AnyTag"/>.</param>
    /// <exception cref="SerializationException">The message was not sent as an object, was damaged, or holds another type. It is gone.</exception>
    public T? ReceiveObject<T>(int source = Mpi.AnySource, int tag = Mpi.AnyTag) => ReceiveObject<T>(source, tag, out _);

    /// <inheritdoc cref="ReceiveObject{T}(int, int)"/>
    public T? ReceiveObject<T>(int source, int tag, out Status status)
    {
        if (_waitingReceives.Any)
        {
            var receive = StartObjectReceive(source, tag, default);
            (var block, status) = receive.Done.GetAwaiter().GetResult();
            return ObjectReceive.Decode<T>(block);
        }
        StatusBlock found = default;
        nint message;
        Runtime.Check(Runtime.Backend.MatchedProbe(source, tag, Handle, &message, &found), "MPI_Mprobe");
        return TakeObject<T>(message, source == Mpi.ProcNull, ref found, out status);
    }

    /// <summary>
    /// Receives an object; at once where its message is there already, else a shared background thread asks for it. Receives that are awaited at the same
    /// time get their messages in the order of the calls.
    /// </summary>
    /// <param name="source">A rank or <see cref="Mpi.AnySource"/>.</param>
    /// <param name="tag">A tag or <see cref="Mpi.AnyTag"/>.</param>
    /// <param name="cancellation">Takes the receive back, unless its message is arriving already.</param>
    /// <exception cref="SerializationException">The message was not sent as an object, was damaged, or holds another type. It is gone.</exception>
    public ValueTask<T?> ReceiveObjectAsync<T>(int source = Mpi.AnySource, int tag = Mpi.AnyTag, CancellationToken cancellation = default)
    {
        var done = StartObjectReceive(source, tag, cancellation).Done;
        return done.IsCompletedSuccessfully ? new(ObjectReceive.Decode<T>(done.Result.Block)) : new(ObjectReceive.DecodeAsync<T>(done));
    }

    /// <summary>Sends one object and receives another at once, so that a ring of ranks that all do so never waits for itself.</summary>
    public TReceive? SendReceiveObject<TSend, TReceive>(
        TSend value, int destination, int source = Mpi.AnySource, int sendTag = 0, int receiveTag = Mpi.AnyTag)
    {
        var sent = StartSend(ObjectCodec.Encode(value), destination, sendTag);
        var received = ReceiveObject<TReceive>(source, receiveTag);
        sent.Wait();
        return received;
    }

    /// <summary>Receives the message that a probe matched, and reads it.</summary>
    internal static T? TakeObject<T>(nint message, bool fromNobody, ref StatusBlock found, out Status status)
    {
        var length = fromNobody ? 0 : Runtime.Backend.Bytes(in found);
        if (length > ObjectCodec.KeptBytes)
        {
            return TakeLongObject<T>(message, length, out status);
        }
        var codec = ObjectCodec.Take();
        fixed (byte* start = codec.Kept)
        fixed (StatusBlock* block = &found)
        {
            Runtime.Check(
                Runtime.Backend.MatchedReceive(start, (int)length, Runtime.Backend.Type(BasicType.Byte), &message, block), "MPI_Mrecv");
            status = new(in found);
            var value = fromNobody ? default : codec.Read<T>(start, length, codec.Kept.AsMemory(0, (int)length));
            codec.Return();
            return value;
        }
    }

    /// <summary>Receives a message as it is.</summary>
    internal ByteBlock ReceiveBlock(int source, int tag)
    {
        StatusBlock found = default;
        nint message;
        Runtime.Check(Runtime.Backend.MatchedProbe(source, tag, Handle, &message, &found), "MPI_Mprobe");
        return TakeBlock(message, Runtime.Backend.Bytes(in found), out _);
    }

    private static T? TakeLongObject<T>(nint message, long length, out Status status)
    {
        using var block = TakeBlock(message, length, out status);
        return ObjectCodec.Decode<T>(block);
    }

    private static ByteBlock TakeBlock(nint message, long length, out Status status)
    {
        var block = ByteBlock.Of(length);
        using var pin = block.Pin();
        using var bytes = new ByteCount(length);
        StatusBlock received = default;
        Runtime.Check(Runtime.Backend.MatchedReceive(pin.Pointer, bytes.Count, bytes.Type, &message, &received), "MPI_Mrecv");
        status = new(in received);
        return block;
    }

    private void SendObject<T>(SendMode mode, T value, int destination, int tag, string function)
    {
        var codec = ObjectCodec.Take();
        codec.Write(value);
        if (codec.WrittenBlock is { } block)
        {
            using var pin = block.Pin();
            using var bytes = new ByteCount(block.Length);
            Runtime.Check(Runtime.Backend.Send(mode, pin.Pointer, bytes.Count, bytes.Type, destination, tag, Handle), function);
        }
        else
        {
            fixed (byte* start = codec.Written)
            {
                var code = Runtime.Backend.Send(
                    mode, start, codec.Written.Length, Runtime.Backend.Type(BasicType.Byte), destination, tag, Handle);
                Runtime.Check(code, function);
            }
        }
        codec.Return();
    }

    /// <summary>Starts to send a message, which is let go when it has left.</summary>
    internal Request StartSend(ByteBlock block, int destination, int tag)
    {
        var pin = block.Pin();
        using var bytes = new ByteCount(block.Length);
        nint request;
        var code = Runtime.Backend.StartSend(SendMode.Standard, pin.Pointer, bytes.Count, bytes.Type, destination, tag, Handle, &request);
        return Started(code, request, new(pin, other: block), "MPI_Isend");
    }

    internal ObjectReceive StartObjectReceive(int source, int tag, CancellationToken cancellation)
    {
        var receive = new ObjectReceive(this, _waitingReceives, source, tag, cancellation);
        if (Runtime.Backend.ThreadLevel != MpiThreadLevel.Multiple)
        {
            // No other thread may ask for it: it is waited for here.
            for (var spinner = default(SpinWait); !receive.Poll(); spinner.SpinOnce(sleep1Threshold: -1))
            {
            }
        }
        else if (_waitingReceives.Any || !receive.Poll())
        {
            receive.Watch();
        }
        return receive;
    }
}
