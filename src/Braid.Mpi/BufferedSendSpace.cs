using System.Runtime.InteropServices;

namespace Braid.Mpi;

/// <summary>
/// The space out of which <see cref="Communicator.SendBuffered"/> sends; one at a time in a process. Disposing waits until the messages in
/// it are gone.
/// </summary>
public sealed unsafe class BufferedSendSpace : IDisposable
{
    /// <summary>1 while there is a space. Asked here, because Open MPI 4.1 sends what is short without one, and has no class for a second.</summary>
    private static int _attached;

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

    internal static void Require(string function)
    {
        if (Volatile.Read(ref _attached) == 0)
        {
            throw Failure(function, "no space is attached; see BufferedSendSpace.Attach.");
        }
    }

    private static MpiException Failure(string function, string message) => new(MpiErrorClass.Buffer, (int)MpiErrorClass.Buffer, function, message);
}
