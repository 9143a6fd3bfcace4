using System.Runtime.InteropServices;

namespace Braid.Mpi;

/// <summary>
/// The space out of which <see cref="Communicator.SendBuffered"/> sends; one at a time in a process. Disposing waits until the messages in
/// it are gone.
/// </summary>
public sealed unsafe class BufferedSendSpace : IDisposable
{
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
        var memory = NativeMemory.Alloc((nuint)total);
        var code = Runtime.Backend.AttachBuffer(memory, total);
        if (code != 0)
        {
            NativeMemory.Free(memory);
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
        }
    }
}
