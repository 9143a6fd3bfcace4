using System.Runtime.CompilerServices;
using Braid.Mpi.Abi;

namespace Braid.Mpi;

/// <content>Blocking messages between two ranks.</content>
public unsafe partial class Communicator
{
    /// <summary>Sends; returns when the buffer can be used again, which may be before or after the other side receives.</summary>
    /// <exception cref="MpiException">Invalid rank, tag or communicator.</exception>
    public void Send<T>(ReadOnlySpan<T> buffer, int destination, int tag = 0) where T : unmanaged
    {
        fixed (T* start = buffer)
        {
            Runtime.Check(
                Runtime.Backend.Send(SendMode.Standard, start, buffer.Length, TypeOf<T>.Handle, destination, tag, Handle), "MPI_Send");
        }
    }

    /// <summary>Sends, and returns only once the other side has begun to receive.</summary>
    public void SendSynchronous<T>(ReadOnlySpan<T> buffer, int destination, int tag = 0) where T : unmanaged =>
        Send(SendMode.Synchronous, buffer, destination, tag, "MPI_Ssend");

    /// <summary>Sends out of the space given by <see cref="BufferedSendSpace"/>; returns at once.</summary>
    /// <exception cref="MpiException">
    /// No space was attached, or it has no room for the message now (class <see cref="MpiErrorClass.Buffer"/>); nothing was sent.
    /// </exception>
    public void SendBuffered<T>(ReadOnlySpan<T> buffer, int destination, int tag = 0) where T : unmanaged
    {
        fixed (T* start = buffer)
        {
            BufferedSendSpace.Send(
                start, buffer.Length, TypeOf<T>.Handle, buffer.Length * TypeOf<T>.DataBytes, destination, tag, Handle, "MPI_Bsend");
        }
    }

    /// <summary>Sends to a rank that is known to be receiving already; otherwise the outcome is undefined.</summary>
    public void SendReady<T>(ReadOnlySpan<T> buffer, int destination, int tag = 0) where T : unmanaged =>
        Send(SendMode.Ready, buffer, destination, tag, "MPI_Rsend");

    /// <summary>Sends one value.</summary>
    public void SendValue<T>(T value, int destination, int tag = 0) where T : unmanaged =>
        Runtime.Check(Runtime.Backend.Send(SendMode.Standard, &value, 1, TypeOf<T>.Handle, destination, tag, Handle), "MPI_Send");

    /// <summary>Receives into the buffer; a shorter message leaves the rest of it as it was.</summary>
    /// <param name="buffer">At least as long as the message.</param>
    /// <param name="source">A rank, <see cref="Mpi.AnySource"/> or <see cref="Mpi.ProcNull"/>.</param>
    /// <param name="tag">A tag or <see cref="Mpi.AnyTag"/>.</param>
    /// <exception cref="MpiException">The message is longer than the buffer (class <see cref="MpiErrorClass.Truncate"/>).</exception>
    public Status Receive<T>(Span<T> buffer, int source = Mpi.AnySource, int tag = Mpi.AnyTag) where T : unmanaged
    {
        // Not cleared before: MPI fills what the status's readers read.
        Unsafe.SkipInit(out StatusBlock status);
        fixed (T* start = buffer)
        {
            Runtime.Check(Runtime.Backend.Receive(start, buffer.Length, TypeOf<T>.Handle, source, tag, Handle, &status), "MPI_Recv");
        }
        return new(in status);
    }

    /// <summary>Receives one value.</summary>
    public T ReceiveValue<T>(int source = Mpi.AnySource, int tag = Mpi.AnyTag) where T : unmanaged => ReceiveValue<T>(source, tag, out _);

    /// <summary>Receives one value, and tells from whom.</summary>
    public T ReceiveValue<T>(int source, int tag, out Status status) where T : unmanaged
    {
        T value = default;
        status = Receive(new Span<T>(ref value), source, tag);
        return value;
    }

    /// <summary>Sends and receives at once, so that a ring of ranks that all do so never waits for itself.</summary>
    public Status SendReceive<TSend, TReceive>(
        ReadOnlySpan<TSend> send, int destination, Span<TReceive> receive, int source = Mpi.AnySource,
        int sendTag = 0, int receiveTag = Mpi.AnyTag)
        where TSend : unmanaged
        where TReceive : unmanaged
    {
        StatusBlock status = default;
        fixed (TSend* from = send)
        fixed (TReceive* to = receive)
        {
            Runtime.Check(
                Runtime.Backend.SendReceive(
                    from, send.Length, TypeOf<TSend>.Handle, destination, sendTag,
                    to, receive.Length, TypeOf<TReceive>.Handle, source, receiveTag, Handle, &status),
                "MPI_Sendrecv");
        }
        return new(in status);
    }

    /// <summary>Sends what the buffer holds and receives into the same buffer.</summary>
    public Status SendReceiveInPlace<T>(
        Span<T> buffer, int destination, int source = Mpi.AnySource, int sendTag = 0, int receiveTag = Mpi.AnyTag) where T : unmanaged
    {
        StatusBlock status = default;
        fixed (T* start = buffer)
        {
            Runtime.Check(
                Runtime.Backend.SendReceiveReplace(
                    start, buffer.Length, TypeOf<T>.Handle, destination, sendTag, source, receiveTag, Handle, &status),
                "MPI_Sendrecv_replace");
        }
        return new(in status);
    }

    /// <summary>Waits until a message could be received, and tells its length without receiving it.</summary>
    public Status Probe(int source = Mpi.AnySource, int tag = Mpi.AnyTag)
    {
        StatusBlock status = default;
        Runtime.Check(Runtime.Backend.Probe(source, tag, Handle, &status), "MPI_Probe");
        return new(in status);
    }

    /// <summary>Whether a message could be received now.</summary>
    public bool TryProbe(int source, int tag, out Status status)
    {
        StatusBlock block = default;
        Runtime.Check(Runtime.Backend.TryProbe(source, tag, Handle, out var found, &block), "MPI_Iprobe");
        status = new(in block);
        return found;
    }

    /// <summary>Waits for a message and takes it out of the matching: only the one who has it can receive it, whatever other threads
    /// do.</summary>
    public Message MatchedProbe(int source = Mpi.AnySource, int tag = Mpi.AnyTag)
    {
        StatusBlock status = default;
        nint message;
        Runtime.Check(Runtime.Backend.MatchedProbe(source, tag, Handle, &message, &status), "MPI_Mprobe");
        return new(message, new(in status));
    }

    /// <summary>Takes a message out of the matching if there is one now; null if not.</summary>
    public Message? TryMatchedProbe(int source = Mpi.AnySource, int tag = Mpi.AnyTag)
    {
        StatusBlock status = default;
        nint message;
        Runtime.Check(Runtime.Backend.TryMatchedProbe(source, tag, Handle, out var found, &message, &status), "MPI_Improbe");
        return found ? new(message, new(in status)) : null;
    }

    private void Send<T>(SendMode mode, ReadOnlySpan<T> buffer, int destination, int tag, string function) where T : unmanaged
    {
        fixed (T* start = buffer)
        {
            Runtime.Check(Runtime.Backend.Send(mode, start, buffer.Length, TypeOf<T>.Handle, destination, tag, Handle), function);
        }
    }
}
