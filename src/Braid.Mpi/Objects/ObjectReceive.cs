using System.Buffers;
using Braid.Mpi.Abi;

namespace Braid.Mpi.Objects;

/// <summary>
/// An awaited receive of an object: waits for a message, makes room for what it holds and receives it. First touched by the thread that begins it, and
/// once it was handed to <see cref="Progress"/> by that thread alone.
/// </summary>
internal sealed class ObjectReceive(
    Communicator communicator, WaitingReceives waiting, int source, int tag, CancellationToken cancellation) : IAwaited
{
    private readonly TaskCompletionSource<(ByteBlock? Block, Status Status)> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ByteBlock? _block;
    private MemoryHandle _pin;
    private nint _request;

    /// <summary>Whether it is among the communicator's <see cref="WaitingReceives"/>.</summary>
    private bool _waits;

    private int Source => source;

    private int Tag => tag;

    /// <summary>The message; null from <see cref="Mpi.ProcNull"/>.</summary>
    public Task<(ByteBlock? Block, Status Status)> Done => _done.Task;

    /// <summary>The object in a message, which is let go.</summary>
    public static T? Decode<T>(ByteBlock? message)
    {
        using (message)
        {
            return message is null ? default : ObjectCodec.Decode<T>(message);
        }
    }

    /// <summary>The object, once its message is there.</summary>
    public static async Task<T?> DecodeAsync<T>(Task<(ByteBlock? Block, Status Status)> done) => Decode<T>((await done).Block);

    /// <inheritdoc/>
    public bool Poll()
    {
        try
        {
            return _block is null ? TryMatch() : TryComplete();
        }
        catch (Exception e)
        {
            StopWaiting();
            End();
            _done.TrySetException(e);
            return true;
        }
    }

    /// <inheritdoc/>
    public void Abandon() => _done.TrySetException(new InvalidOperationException("MPI was finalised before this object was received."));

    /// <summary>Hands it to <see cref="Progress"/>: later receives of this communicator then come after it.</summary>
    public void Watch()
    {
        // One that is receiving its message already must not keep others from theirs.
        if (_block is null)
        {
            _waits = true;
            waiting.Add(this);
        }
        Progress.Watch(this);
    }

    /// <summary>Whether one message could be for both.</summary>
    public bool Overlaps(ObjectReceive other) =>
        (Source == other.Source || Source == Mpi.AnySource || other.Source == Mpi.AnySource)
        && (Tag == other.Tag || Tag == Mpi.AnyTag || other.Tag == Mpi.AnyTag);

    private void StopWaiting()
    {
        if (_waits)
        {
            _waits = false;
            waiting.Remove(this);
        }
    }

    private unsafe bool TryMatch()
    {
        if (cancellation.IsCancellationRequested)
        {
            StopWaiting();
            _done.TrySetCanceled(cancellation);
            return true;
        }
        if (_waits && !waiting.IsNext(this))
        {
            return false;
        }
        StatusBlock status = default;
        nint message;
        Runtime.Check(Runtime.Backend.TryMatchedProbe(source, tag, communicator.Handle, out var found, &message, &status), "MPI_Improbe");
        if (!found)
        {
            return false;
        }
        StopWaiting();
        if (source == Mpi.ProcNull)
        {
            Runtime.Check(Runtime.Backend.MatchedReceive(null, 0, Runtime.Backend.Type(BasicType.Byte), &message, &status), "MPI_Mrecv");
            _done.TrySetResult((null, new(in status)));
            return true;
        }
        _block = ByteBlock.Of(Runtime.Backend.Bytes(in status));
        _pin = _block.Pin();
        using var bytes = new ByteCount(_block.Length);
        nint request;
        Runtime.Check(Runtime.Backend.StartMatchedReceive(_pin.Pointer, bytes.Count, bytes.Type, &message, &request), "MPI_Imrecv");
        _request = request;
        return TryComplete();
    }

    private unsafe bool TryComplete()
    {
        StatusBlock status = default;
        bool done;
        fixed (nint* request = &_request)
        {
            Runtime.Check(Runtime.Backend.Test(request, out done, &status), "MPI_Test");
        }
        if (done)
        {
            var block = _block;
            _block = null;
            _pin.Dispose();
            _done.TrySetResult((block, new(in status)));
        }
        return done;
    }

    private void End()
    {
        _pin.Dispose();
        _block?.Dispose();
        _block = null;
    }
}
