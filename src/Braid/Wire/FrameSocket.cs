using System.Buffers.Binary;
using System.Net.Sockets;

namespace Braid.Wire;

/// <summary>
/// One end of a link: a non-blocking stream socket, read by one thread at a time and written under its owner's lock.
/// Non-blocking, so that a peer that has stopped reading can never hold up the thread that sends; plain reads and polls instead of
/// the asynchronous engine, so that a frame wakes its reader directly.
/// </summary>
internal sealed class FrameSocket : IDisposable
{
    private readonly Socket _socket;
    private byte[] _received = new byte[64 << 10];
    private int _start;
    private int _end;

    public FrameSocket(Socket socket)
    {
        _socket = socket;
        _socket.Blocking = false;
        // Room for a full window of assignments, so that a send rarely has to wait for its reader.
        _socket.SendBufferSize = 1 << 20;
    }

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
            var count = _socket.Receive(_received.AsSpan(_end), SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
                return any;
            if (error == SocketError.Interrupted)
                continue;
            if (error != SocketError.Success)
                throw new EndOfStreamException($"The link broke: {error}.");
            if (count == 0)
                throw new EndOfStreamException("The link was closed by its other end.");
            _end += count;
            any |= TryTakeFrames(handler);
            if (count < room)
                return any;
        }
    }

    /// <summary>Waits until something can be read (or the peer is gone): at most the given time, in microseconds; -1 waits without end.</summary>
    public bool Poll(int microseconds) => _socket.Poll(microseconds, SelectMode.SelectRead);

    /// <summary>Sends as much as the peer's buffer takes without waiting, and says how much that was.</summary>
    public int TrySend(ReadOnlySpan<byte> bytes)
    {
        var sent = 0;
        while (sent < bytes.Length)
        {
            int count;
            SocketError error;
            try
            {
                count = _socket.Send(bytes[sent..], SocketFlags.None, out error);
            }
            catch (ObjectDisposedException)
            {
                throw new EndOfStreamException("The link was closed by this end.");
            }

            if (error == SocketError.WouldBlock)
                break;
            if (error == SocketError.Interrupted)
                continue;
            if (error != SocketError.Success)
                throw new EndOfStreamException($"The link broke: {error}.");
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
            _socket.Poll(-1, SelectMode.SelectWrite);
        }
    }

    /// <summary>Tells the peer that nothing more will come; what it still sends can be read.</summary>
    public void ShutdownSend() => Shutdown(SocketShutdown.Send);

    /// <summary>Wakes the reader and the writer with an end of stream; the descriptor stays until <see cref="Dispose"/>.</summary>
    public void ShutdownBoth() => Shutdown(SocketShutdown.Both);

    private void Shutdown(SocketShutdown how)
    {
        try
        {
            _socket.Shutdown(how);
        }
        catch (SocketException)
        {
            // The peer was first: the reader already sees the end.
        }
        catch (ObjectDisposedException)
        {
            // Shut down and disposed by another thread: nothing is left to wake.
        }
    }

    public void Dispose() => _socket.Dispose();

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
