using System.Buffers.Binary;

namespace Braid.Wire;

/// <summary>
/// One end of a link: frames on a socket, read by one thread at a time and written under its owner's lock. Plain reads and polls instead of an
/// asynchronous engine, so that a frame wakes its reader directly.
/// </summary>
internal sealed class FrameSocket(LocalSocket socket) : IDisposable
{
    private byte[] _received = new byte[64 << 10];
    private int _start;
    private int _end;

    /// <summary>Called by <see cref="TryReceive"/> for each frame; a ref struct cannot pass through a generic delegate.</summary>
    public delegate void Handler(FrameKind kind, FrameReader body);

    /// <summary>Reads what has arrived without waiting: false when nothing has. Throws <see cref="EndOfStreamException"/> when the peer is gone.</summary>
    public bool TryReceive(Handler handler)
    {
        var any = TryTakeFrames(handler);
        while (true)
        {
            MakeRoom();
            var room = _received.Length - _end;
            var count = socket.Receive(_received.AsSpan(_end));
            if (count == LocalSocket.WouldWait)
                return any;
            if (count == 0)
                throw new EndOfStreamException("The link was closed by its other end.");
            _end += count;
            any |= TryTakeFrames(handler);
            if (count < room)
                return any;
        }
    }

    /// <summary>Waits until something can be read (or the peer is gone): false when the given time, in milliseconds, went by without.</summary>
    public bool Poll(int milliseconds) => socket.Poll(milliseconds);

    /// <summary>Sends as much as the peer's buffer takes without waiting, and says how much that was.</summary>
    public int TrySend(ReadOnlySpan<byte> bytes)
    {
        var sent = 0;
        while (sent < bytes.Length)
        {
            var count = socket.Send(bytes[sent..]);
            if (count == LocalSocket.WouldWait)
                break;
            sent += count;
        }

        return sent;
    }

    /// <summary>Sends everything, waiting for the peer to read where it must.</summary>
    public void SendAll(ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            bytes = bytes[TrySend(bytes)..];
            if (bytes.IsEmpty)
                return;
            socket.Poll(LocalSocket.Forever, toSend: true);
        }
    }

    /// <summary>Tells the peer that nothing more will come; what it still sends can be read.</summary>
    public void ShutdownSend() => socket.Shutdown(both: false);

    /// <summary>Wakes the reader and the writer with an end of stream; the descriptor stays until <see cref="Dispose"/>.</summary>
    public void ShutdownBoth() => socket.Shutdown(both: true);

    public void Dispose() => socket.Dispose();

    private bool TryTakeFrames(Handler handler)
    {
        var any = false;
        while (_end - _start >= 5)
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(_received.AsSpan(_start));
            if (length is 0 or > FrameWriter.FrameBytesMax)
                throw new WireException($"A frame of {length} bytes: the bound is {FrameWriter.FrameBytesMax}.");
            if (_end - _start - 4 < (int)length)
                break;
            var frame = _received.AsSpan(_start + 4, (int)length);
            _start += 4 + (int)length;
            handler((FrameKind)frame[0], new FrameReader(frame[1..]));
            any = true;
        }

        return any;
    }

    /// <summary>
    /// Keeps room for the rest of the frame that is arriving. The buffer doubles only as bytes arrive, never by a declared length, so a
    /// hostile length costs nothing; it shrinks back once it is empty.
    /// </summary>
    private void MakeRoom()
    {
        if (_start == _end)
        {
            _start = _end = 0;
            if (_received.Length > 1 << 20)
                _received = new byte[64 << 10];
            return;
        }

        if (_end < _received.Length)
            return;
        if (_start > 0)
        {
            _received.AsSpan(_start, _end - _start).CopyTo(_received);
            _end -= _start;
            _start = 0;
        }

        if (_end == _received.Length)
            Array.Resize(ref _received, _received.Length * 2);
    }
}
