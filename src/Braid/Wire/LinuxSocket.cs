using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Braid.Wire;

/// <inheritdoc cref="LocalSocket"/>
internal sealed unsafe partial class LinuxSocket : LocalSocket
{
    /// <summary>Counts who uses the descriptor, so that it is not closed, and given to another file, under a call that is under way.</summary>
    private readonly SafeFileHandle _handle;

    private LinuxSocket(int descriptor) => _handle = new SafeFileHandle(descriptor, ownsHandle: true);

    public static LinuxSocket Listening(string path, int backlog)
    {
        // Who waits for a connection that is lost meanwhile must not wait for the next.
        var socket = Create(SocketNonBlocking);
        try
        {
            using var use = new Use(socket);
            var address = new Address(path);
            if (Calls.Bind(use.Descriptor, &address, Address.Size) != 0 || Calls.Listen(use.Descriptor, backlog) != 0)
                throw Failure($"No socket can be made at '{path}'");
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public static LinuxSocket Connected(string path)
    {
        // It waits while the backlog is full; what is sent and received does not wait, as each call says.
        var socket = Create(flags: 0);
        try
        {
            using var use = new Use(socket);
            var address = new Address(path);
            while (Calls.Connect(use.Descriptor, &address, Address.Size) != 0)
            {
                if (Marshal.GetLastPInvokeError() != ErrorInterrupted)
                    throw Failure($"Nobody can be reached at '{path}'");
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public override LocalSocket? Accept()
    {
        using var use = new Use(this);
        var descriptor = Calls.Accept(use.Descriptor, null, null, SocketCloseOnExec);
        if (descriptor >= 0)
            return new LinuxSocket(descriptor).WithRoom();
        return Marshal.GetLastPInvokeError() is ErrorAgain or ErrorInterrupted ? null : throw Failure("A connection was lost as it came");
    }

    public override int Receive(Span<byte> buffer)
    {
        using var use = new Use(this);
        fixed (byte* bytes = buffer)
            return Count(Calls.Receive(use.Descriptor, bytes, (nuint)buffer.Length, MessageDontWait));
    }

    public override int Send(ReadOnlySpan<byte> bytes)
    {
        using var use = new Use(this);
        fixed (byte* start = bytes)
            return Count(Calls.Send(use.Descriptor, start, (nuint)bytes.Length, MessageDontWait | MessageNoSignal));
    }

    public override bool Poll(int milliseconds, bool toSend = false)
    {
        using var use = new Use(this);
        var polled = new Polled { Descriptor = use.Descriptor, Events = toSend ? PollOut : PollIn };
        // A signal ends the wait early, and without end it must go on.
        while (true)
        {
            var ready = Calls.Poll(&polled, 1, milliseconds);
            if (ready >= 0 || milliseconds != Forever)
                return ready > 0;
        }
    }

    public override void Shutdown(bool both)
    {
        try
        {
            using var use = new Use(this);
            _ = Calls.Shutdown(use.Descriptor, both ? ShutdownBoth : ShutdownWrite);
        }
        catch (EndOfStreamException)
        {
            // Shut down and disposed of by another thread: nothing is left to wake.
        }
    }

    public override void Dispose() => _handle.Dispose();

    private static LinuxSocket Create(int flags)
    {
        var descriptor = Calls.Socket(AddressUnix, SocketStream | SocketCloseOnExec | flags, 0);
        return descriptor >= 0 ? new LinuxSocket(descriptor).WithRoom() : throw Failure("No socket can be made");
    }

    /// <summary>It is only faster with more: what the system grants is enough.</summary>
    private LinuxSocket WithRoom()
    {
        using var use = new Use(this);
        var bytes = SendBufferBytes;
        _ = Calls.SetSocketOption(use.Descriptor, LevelSocket, OptionSendBuffer, &bytes, sizeof(int));
        return this;
    }

    private static int Count(nint result)
    {
        if (result >= 0)
            return (int)result;
        return Marshal.GetLastPInvokeError() is ErrorAgain or ErrorInterrupted
            ? WouldWait
            : throw new EndOfStreamException($"The link broke: {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    private static IOException Failure(string what) => new($"{what}: {Marshal.GetLastPInvokeErrorMessage()}.");

    /// <summary>struct sockaddr_un.</summary>
    private struct Address
    {
        public const int Size = sizeof(ushort) + PathBytesMax;

        private const int PathBytesMax = 108;

        private readonly ushort _family;
        private fixed byte _path[PathBytesMax];

        public Address(string path)
        {
            _family = AddressUnix;
            fixed (byte* bytes = _path)
            {
                // The last byte stays zero.
                if (!Encoding.UTF8.TryGetBytes(path, new Span<byte>(bytes, PathBytesMax - 1), out _))
                    throw new IOException($"The path of a socket has at most {PathBytesMax - 1} bytes: '{path}' is too long.");
            }
        }
    }

    /// <summary>The descriptor, open for as long as this is in scope.</summary>
    private readonly ref struct Use
    {
        private readonly SafeFileHandle _handle;

        public Use(LinuxSocket socket)
        {
            var used = false;
            _handle = socket._handle;
            try
            {
                _handle.DangerousAddRef(ref used);
            }
            catch (ObjectDisposedException)
            {
                throw new EndOfStreamException("The link was closed by this end.");
            }

            Descriptor = (int)_handle.DangerousGetHandle();
        }

        public int Descriptor { get; }

        public void Dispose() => _handle.DangerousRelease();
    }
}
