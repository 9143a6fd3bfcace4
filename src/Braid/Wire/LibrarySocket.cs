using System.Net.Sockets;

namespace Braid.Wire;

/// <inheritdoc cref="LocalSocket"/>
internal sealed class LibrarySocket : LocalSocket
{
    private readonly Socket _socket;

    private LibrarySocket(Socket socket)
    {
        _socket = socket;
        _socket.Blocking = false;
        _socket.SendBufferSize = SendBufferBytes;
    }

    public static LibrarySocket Listening(string path, int backlog) => Create(path, socket =>
    {
        socket.Bind(new UnixDomainSocketEndPoint(path));
        socket.Listen(backlog);
    });

    public static LibrarySocket Connected(string path) => Create(path, socket => socket.Connect(new UnixDomainSocketEndPoint(path)));

    public override LocalSocket? Accept()
    {
        try
        {
            return new LibrarySocket(_socket.Accept());
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.WouldBlock or SocketError.Interrupted)
        {
            return null;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            throw new IOException($"A connection was lost as it came: {exception.Message}", exception);
        }
    }

    public override int Receive(Span<byte> buffer)
    {
        SocketError error;
        int count;
        try
        {
            count = _socket.Receive(buffer, SocketFlags.None, out error);
        }
        catch (ObjectDisposedException)
        {
            throw ClosedHere();
        }

        return Count(count, error);
    }

    public override int Send(ReadOnlySpan<byte> bytes)
    {
        SocketError error;
        int count;
        try
        {
            count = _socket.Send(bytes, SocketFlags.None, out error);
        }
        catch (ObjectDisposedException)
        {
            throw ClosedHere();
        }

        return Count(count, error);
    }

    public override bool Poll(int milliseconds, bool toSend = false)
    {
        try
        {
            return _socket.Poll(milliseconds == Forever ? -1 : checked(milliseconds * 1000), toSend ? SelectMode.SelectWrite : SelectMode.SelectRead);
        }
        catch (ObjectDisposedException)
        {
            throw ClosedHere();
        }
    }

    public override void Shutdown(bool both)
    {
        try
        {
            _socket.Shutdown(both ? SocketShutdown.Both : SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The peer was first: the reader already sees the end.
        }
        catch (ObjectDisposedException)
        {
            // Shut down and disposed of by another thread: nothing is left to wake.
        }
    }

    public override void Dispose() => _socket.Dispose();

    private static LibrarySocket Create(string path, Action<Socket> prepare)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            prepare(socket);
            return new LibrarySocket(socket);
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            socket.Dispose();
            throw new IOException($"No socket can be had at '{path}': {exception.Message}", exception);
        }
    }

    private static int Count(int count, SocketError error) => error switch
    {
        SocketError.Success => count,
        SocketError.WouldBlock or SocketError.Interrupted => WouldWait,
        _ => throw new EndOfStreamException($"The link broke: {error}."),
    };

    private static EndOfStreamException ClosedHere() => new("The link was closed by this end.");
}
