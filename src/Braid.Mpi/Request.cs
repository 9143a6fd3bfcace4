using System.Buffers;
using System.Runtime.InteropServices;
using Braid.Mpi.Abi;

namespace Braid.Mpi;

/// <summary>
/// An operation that was started and goes on by itself. Its buffers stay pinned until it is done, and must not be touched before. Complete
/// it with <see cref="Wait"/>, <see cref="Test"/> or <c>await</c>; one that is dropped keeps its memory pinned for ever.
/// </summary>
/// <remarks>One thread at a time may complete a request. Awaiting completes at once where the operation is done already.</remarks>
public sealed unsafe partial class Request : IAwaited
{
    /// <summary>The handles of so many are on the stack while several are asked for at once.</summary>
    private const int OnStackMax = 128;

    private nint _handle;
    private Pins _pins;
    private readonly Op? _op;
    private readonly bool _cancellable;
    private Status _status;
    private bool _done;

    /// <summary>Whether it was done when it was started and nobody was told yet: <see cref="WaitAny"/> and <see cref="TestSome"/> tell of it once.</summary>
    private bool _isNews;

    /// <summary>Set when awaited: from then on the handle belongs to <see cref="Progress"/>.</summary>
    private Awaiting? _awaited;

    internal Request(nint handle, Pins pins, bool cancellable = false, Op? op = null) =>
        (_handle, _pins, _cancellable, _op) = (handle, pins, cancellable, op);

    /// <summary>An operation that was done when it was started.</summary>
    internal Request(in Status status) => (_handle, _status, _done, _isNews) = (Runtime.Backend.RequestNull, status, true, true);

    /// <summary>Whether it is known to be done; does not ask MPI, see <see cref="Test"/>.</summary>
    public bool IsCompleted => Volatile.Read(ref _awaited) is { } awaited ? awaited.Task.IsCompleted : _done;

    /// <summary>Whether its handle is MPI's and nobody awaits it.</summary>
    private bool IsOpen => !_done && _awaited is null;

    /// <summary>Asks whether the operation is done, without waiting.</summary>
    /// <exception cref="MpiException">The operation failed, for example a message longer than its buffer.</exception>
    public bool Test(out Status status)
    {
        if (_awaited is { } awaited)
        {
            status = awaited.Task.IsCompleted ? awaited.Task.GetAwaiter().GetResult() : default;
            return awaited.Task.IsCompleted;
        }
        if (!_done)
        {
            Runtime.ThrowIfFinished();
            StatusBlock block = default;
            int code;
            bool done;
            fixed (nint* handle = &_handle)
            {
                code = Runtime.Backend.Test(handle, out done, &block);
            }
            if (code != 0 || done)
            {
                Complete(new(block));
            }
            Runtime.Check(code, "MPI_Test");
        }
        _isNews = false;
        status = _status;
        return _done;
    }

    /// <summary>Waits until the operation is done.</summary>
    /// <exception cref="MpiException">The operation failed, for example a message longer than its buffer.</exception>
    public Status Wait()
    {
        if (_awaited is { } awaited)
        {
            return awaited.Task.GetAwaiter().GetResult();
        }
        if (!_done)
        {
            Runtime.ThrowIfFinished();
            StatusBlock block = default;
            int code;
            fixed (nint* handle = &_handle)
            {
                code = Runtime.Backend.Wait(handle, &block);
            }
            Complete(new(block));
            Runtime.Check(code, "MPI_Wait");
        }
        _isNews = false;
        return _status;
    }

    /// <summary>Asks MPI to cancel a receive; it still has to be completed, and <see cref="Status.IsCancelled"/> tells whether it was in
    /// time.</summary>
    public void Cancel()
    {
        if (_awaited is { } awaited)
        {
            awaited.AskToCancel();
        }
        else if (!_done)
        {
            Runtime.ThrowIfFinished();
            fixed (nint* handle = &_handle)
            {
                Runtime.Check(Runtime.Backend.Cancel(handle), "MPI_Cancel");
            }
        }
    }

    /// <summary>
    /// The operation as a task. Done already: completed, without a thread. Else <see cref="Progress"/> asks for it; where MPI grants less
    /// than <see cref="MpiThreadLevel.Multiple"/> this call waits.
    /// </summary>
    /// <param name="cancellation">
    /// Cancels a receive; for other operations MPI has no cancelling: the wait ends, the operation and its pinned buffer go on until it is
    /// done.
    /// </param>
    public ValueTask<Status> AsTask(CancellationToken cancellation = default)
    {
        if (_awaited is { } awaited)
        {
            return new(awaited.Task);
        }
        try
        {
            if (Test(out var status))
            {
                return new(status);
            }
            if (Runtime.Backend.ThreadLevel != MpiThreadLevel.Multiple)
            {
                return new(Wait());
            }
        }
        catch (MpiException e)
        {
            return ValueTask.FromException<Status>(e);
        }
        var source = new Awaiting(cancellation);
        Volatile.Write(ref _awaited, source);
        Progress.Watch(this);
        if (cancellation.CanBeCanceled)
        {
            source.Registration = cancellation.UnsafeRegister(static state => ((Request)state!).OnCancelled(), this);
        }
        return new(source.Task);
    }

    /// <summary>Waits for all; the statuses are in the order of the requests.</summary>
    /// <exception cref="MpiException">One failed; those that go on still, if any, can be waited for again.</exception>
    public static Status[] WaitAll(params ReadOnlySpan<Request> requests)
    {
        var statuses = new Status[requests.Length];
        WaitAll(requests, statuses);
        return statuses;
    }

    /// <summary>Waits for all, and writes their statuses, in the order of the requests, where the caller keeps them.</summary>
    /// <exception cref="ArgumentException">There is not one status for each request.</exception>
    /// <exception cref="MpiException">One failed; those that go on still, if any, can be waited for again.</exception>
    public static void WaitAll(ReadOnlySpan<Request> requests, Span<Status> statuses)
    {
        if (statuses.Length != requests.Length)
        {
            throw new ArgumentException($"{requests.Length} requests need as many statuses; there is room for {statuses.Length}.", nameof(statuses));
        }
        statuses.Clear();
        var handles = requests.Length <= OnStackMax ? stackalloc nint[requests.Length] : new nint[requests.Length];
        var open = 0;
        for (var i = 0; i < requests.Length; i++)
        {
            // To MPI one that is done already, or belongs to Progress, is none.
            var isOpen = requests[i].IsOpen;
            handles[i] = isOpen ? requests[i]._handle : Runtime.Backend.RequestNull;
            open += isOpen ? 1 : 0;
        }
        if (open > 0)
        {
            Runtime.ThrowIfFinished();
            var code = Runtime.Backend.WaitAll(handles, MemoryMarshal.Cast<Status, StatusBlock>(statuses));
            for (var i = 0; i < requests.Length; i++)
            {
                if (requests[i].IsOpen)
                {
                    requests[i].Settle(code, handles[i], statuses[i]);
                }
            }
            CheckAll(code, statuses);
            foreach (var request in requests)
            {
                request._op?.ThrowIfFailed();
            }
        }
        for (var i = 0; open < requests.Length && i < requests.Length; i++)
        {
            statuses[i] = requests[i].Wait();
        }
    }

    /// <summary>Waits for one of them and tells which; -1 when all were completed before.</summary>
    public static int WaitAny(ReadOnlySpan<Request> requests, out Status status)
    {
        Runtime.ThrowIfFinished();
        var handles = requests.Length <= OnStackMax ? stackalloc nint[requests.Length] : new nint[requests.Length];
        for (var i = 0; i < handles.Length; i++)
        {
            if (requests[i]._isNews)
            {
                status = requests[i].Wait();
                return i;
            }
            handles[i] = requests[i]._awaited is null ? requests[i]._handle
                : throw new InvalidOperationException($"Request {i} is being awaited; await the others too (WhenAny).");
        }
        StatusBlock block = default;
        var code = Runtime.Backend.WaitAny(handles, out var index, &block);
        status = new(block);
        if (index >= 0)
        {
            requests[index].Complete(status);
        }
        Runtime.Check(code, "MPI_Waitany");
        return index;
    }

    /// <summary>Tells which of them are done now, and completes those.</summary>
    public static int[] TestSome(ReadOnlySpan<Request> requests)
    {
        Runtime.ThrowIfFinished();
        var handles = requests.Length <= OnStackMax ? stackalloc nint[requests.Length] : new nint[requests.Length];
        for (var i = 0; i < handles.Length; i++)
        {
            handles[i] = requests[i]._awaited is null ? requests[i]._handle : Runtime.Backend.RequestNull;
        }
        var indices = new int[requests.Length];
        var blocks = new StatusBlock[requests.Length];
        var code = Runtime.Backend.TestSome(handles, indices, blocks, out var count);
        for (var i = 0; i < count; i++)
        {
            requests[indices[i]].Complete(new(blocks[i]));
        }
        Runtime.Check(code, "MPI_Testsome");
        for (var i = 0; i < requests.Length; i++)
        {
            if (requests[i]._isNews)
            {
                requests[i]._isNews = false;
                indices[count++] = i;
            }
        }
        return indices[..count];
    }

    /// <summary>Called by <see cref="Progress"/> only.</summary>
    bool IAwaited.Poll()
    {
        var awaited = _awaited!;
        if (awaited.TakeCancelling())
        {
            fixed (nint* handle = &_handle)
            {
                _ = Runtime.Backend.Cancel(handle);
            }
        }
        StatusBlock block = default;
        int code;
        bool done;
        fixed (nint* handle = &_handle)
        {
            code = Runtime.Backend.Test(handle, out done, &block);
        }
        if (code == 0 && !done)
        {
            return false;
        }
        awaited.Registration.Dispose();
        try
        {
            Complete(new(block));
            Runtime.Check(code, "MPI_Test");
            if (awaited.WasCancelling && _status.IsCancelled && awaited.Token.IsCancellationRequested)
            {
                awaited.TrySetCanceled(awaited.Token);
            }
            else
            {
                awaited.TrySetResult(_status);
            }
        }
        catch (Exception e)
        {
            awaited.TrySetException(e);
        }
        return true;
    }

    /// <summary>MPI is being finalised under an awaited request.</summary>
    void IAwaited.Abandon() =>
        _awaited!.TrySetException(new InvalidOperationException("MPI was finalised before this operation was done."));

    private void OnCancelled()
    {
        if (_cancellable)
        {
            _awaited!.AskToCancel();
        }
        else
        {
            _awaited!.TrySetCanceled(_awaited.Token);
        }
    }

    private void Complete(Status status)
    {
        Settle(0, Runtime.Backend.RequestNull, in status);
        _op?.ThrowIfFailed();
    }

    /// <summary>Takes note of how it ended. One of several may go on when another failed: it keeps its handle and its buffers.</summary>
    private void Settle(int code, nint handle, in Status status)
    {
        if (code != 0 && status.ErrorClass == MpiErrorClass.Pending)
        {
            _handle = handle;
            return;
        }
        (_status, _done) = (status, true);
        _handle = Runtime.Backend.RequestNull;
        _pins.Dispose();
    }

    private static void CheckAll(int code, ReadOnlySpan<Status> statuses)
    {
        if (code == 0)
        {
            return;
        }
        foreach (var status in statuses)
        {
            if (status.ErrorCode != 0 && status.ErrorClass is not (MpiErrorClass.Success or MpiErrorClass.Pending))
            {
                Runtime.Throw(status.ErrorCode, "MPI_Waitall");
            }
        }
        Runtime.Throw(code, "MPI_Waitall");
    }
}
