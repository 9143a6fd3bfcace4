using System.Runtime.InteropServices;
using Braid.Mpi.Abi;

namespace Braid.Mpi;

/// <summary>
/// The space out of which <see cref="Communicator.SendBuffered"/> sends; one at a time in a process. Disposing, or the end of MPI, waits until
/// the messages in it are gone.
/// </summary>
/// <remarks>
/// The copies and their sends are Braid's own, and not MPI_Bsend: what becomes of a message when the space is full is left to each MPI, and Open MPI 4.1
/// loses all that follows from the rank. Here it is refused, and nothing else is touched.
/// </remarks>
public sealed unsafe class BufferedSendSpace : IDisposable
{
    /// <summary>Guards all that follows, and the fields of the space attached.</summary>
    private static readonly Lock Gate = new();

    /// <summary>The space of this process.</summary>
    private static BufferedSendSpace? _attached;

    private readonly List<UnderWay> _underWay = [];
    private readonly int _bytes;
    private long _taken;

    /// <summary>At so many messages under way all are asked whether they have left: twice what the last time left, so that a message costs two answers.</summary>
    private int _askAt = 16;

    private BufferedSendSpace(int bytes) => _bytes = bytes;

    /// <summary>A copy that is being sent, and the bytes of the space that it takes.</summary>
    private struct UnderWay
    {
        public nint Request;
        public nint Copy;
        public long Bytes;
    }

    /// <summary>Attaches space for so many bytes of messages under way at once; what MPI needs beside them is not counted.</summary>
    /// <exception cref="MpiException">Another space is attached (class <see cref="MpiErrorClass.Buffer"/>).</exception>
    public static BufferedSendSpace Attach(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        _ = Mpi.World.Handle;
        lock (Gate)
        {
            return _attached is null
                ? _attached = new(bytes)
                : throw Failure("MPI_Buffer_attach", "another space is attached.");
        }
    }

    /// <summary>Waits for the messages in the space and gives it back.</summary>
    public void Dispose()
    {
        lock (Gate)
        {
            if (_attached != this)
            {
                return;
            }
            _attached = null;
        }
        // From here on no other thread reaches them.
        var failure = 0;
        foreach (var message in _underWay)
        {
            var request = message.Request;
            StatusBlock status = default;
            var code = Runtime.Backend.Wait(&request, &status);
            NativeMemory.Free((void*)message.Copy);
            failure = failure == 0 ? code : failure;
        }
        Runtime.Check(failure, "MPI_Buffer_detach");
    }

    /// <summary>At the end of MPI, which must not find messages under way.</summary>
    internal static void DisposeAttached()
    {
        BufferedSendSpace? attached;
        lock (Gate)
        {
            attached = _attached;
        }
        attached?.Dispose();
    }

    /// <summary>Copies the data and starts to send the copy.</summary>
    internal static void Send(void* data, int count, nint type, long bytes, int destination, int tag, nint comm, string function)
    {
        lock (Gate)
        {
            var space = _attached ?? throw Failure(function, "no space is attached; see BufferedSendSpace.Attach.");
            if (bytes > space._bytes - space._taken || space._underWay.Count >= space._askAt)
            {
                space.LetGo();
            }
            if (bytes > space._bytes - space._taken)
            {
                throw Failure(
                    function,
                    $"the space of {space._bytes:N0} bytes, of which messages under way take {space._taken:N0}, has no room for {bytes:N0} more.");
            }
            space.Start(data, count, type, bytes, destination, tag, comm, function);
        }
    }

    private void Start(void* data, int count, nint type, long bytes, int destination, int tag, nint comm, string function)
    {
        var backend = Runtime.Backend;
        Runtime.Check(backend.PackSize(count, type, comm, out var size), function);
        var copy = NativeMemory.Alloc((nuint)Math.Max(1, size));
        try
        {
            var length = 0;
            nint request;
            Runtime.Check(backend.Pack(data, count, type, copy, size, ref length, comm), function);
            Runtime.Check(
                backend.StartSend(SendMode.Standard, copy, length, backend.Type(BasicType.Packed), destination, tag, comm, &request), function);
            StatusBlock status = default;
            Runtime.Check(backend.Test(&request, out var done, &status), function);
            if (!done)
            {
                _underWay.Add(new() { Request = request, Copy = (nint)copy, Bytes = bytes });
                _taken += bytes;
                return;
            }
        }
        catch
        {
            NativeMemory.Free(copy);
            throw;
        }
        NativeMemory.Free(copy);
    }

    /// <summary>Takes back the room of what has left.</summary>
    private void LetGo()
    {
        for (var i = _underWay.Count - 1; i >= 0; i--)
        {
            var message = _underWay[i];
            StatusBlock status = default;
            var code = Runtime.Backend.Test(&message.Request, out var done, &status);
            if (done || code != 0)
            {
                _underWay.RemoveAt(i);
                _taken -= message.Bytes;
                NativeMemory.Free((void*)message.Copy);
            }
            Runtime.Check(code, "MPI_Bsend");
        }
        _askAt = Math.Max(16, 2 * _underWay.Count);
    }

    private static MpiException Failure(string function, string message) => new(MpiErrorClass.Buffer, (int)MpiErrorClass.Buffer, function, message);
}
