using System.Runtime.InteropServices;

namespace Braid.Mpi;

/// <summary>
/// The space out of which <see cref="Communicator.SendBuffered"/> sends; one at a time in a process. Disposing waits until the messages in
/// it are gone.
/// </summary>
/// <remarks>
/// A message that the space cannot hold even when it is empty is refused here: Open MPI 4.1 refuses it too, and after that the receiver waits for ever for
/// whatever follows from the same rank. A space that is full of messages under way has that end there, so give it room for all that may be under way at once.
/// </remarks>
public sealed unsafe class BufferedSendSpace : IDisposable
{
    /// <summary>1 while there is a space. Asked here, because Open MPI 4.1 sends what is short without one, and has no class for a second.</summary>
    private static int _attached;

    /// <summary>Its bytes, with what MPI needs of them for each message.</summary>
    private static long _total;

    private void* _memory;

    private BufferedSendSpace(void* memory) => _memory = memory;

    /// <summary>Attaches space for so many messages that hold so many bytes together.</summary>
    /// <exception cref="MpiException">Another space is attached (class <see cref="MpiErrorClass.Buffer"/>).</exception>
    public static BufferedSendSpace Attach(int bytes, int messages = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(messages);
        _ = Mpi.World.Handle;
        var total = checked(bytes + (messages * Runtime.Backend.BufferedSendOverhead));
        if (Interlocked.Exchange(ref _attached, 1) == 1)
        {
            throw Failure("MPI_Buffer_attach", "another space is attached.");
        }
        var memory = NativeMemory.Alloc((nuint)total);
        var code = Runtime.Backend.AttachBuffer(memory, total);
        if (code != 0)
        {
            NativeMemory.Free(memory);
            Volatile.Write(ref _attached, 0);
            Runtime.Throw(code, "MPI_Buffer_attach");
        }
        Volatile.Write(ref _total, total);
        return new(memory);
    }

    /// <summary>Waits for the messages in the space and gives it back.</summary>
    public void Dispose()
    {
        if (_memory != null)
        {
            Runtime.ThrowIfFinished();
            Runtime.Check(Runtime.Backend.DetachBuffer(), "MPI_Buffer_detach");
            NativeMemory.Free(_memory);
            _memory = null;
            Volatile.Write(ref _attached, 0);
        }
    }

    /// <summary>Refuses a message of so many bytes for which there can be no room.</summary>
    internal static void Require(long bytes, string function)
    {
        if (Volatile.Read(ref _attached) == 0)
        {
            throw Failure(function, "no space is attached; see BufferedSendSpace.Attach.");
        }
        var room = Volatile.Read(ref _total) - Runtime.Backend.BufferedSendOverhead;
        if (bytes > room)
        {
            throw Failure(function, $"the message of {bytes:N0} bytes is longer than the space attached, which has room for {room:N0}.");
        }
    }

    private static MpiException Failure(string function, string message) => new(MpiErrorClass.Buffer, (int)MpiErrorClass.Buffer, function, message);
}
