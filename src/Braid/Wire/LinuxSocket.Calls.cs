using System.Runtime.InteropServices;

namespace Braid.Wire;

// The system calls of sockets, with the numbers that Linux gives them on every processor that .NET runs on there.
internal sealed unsafe partial class LinuxSocket
{
    private const ushort AddressUnix = 1;
    private const int SocketStream = 1;
    private const int SocketNonBlocking = 0x800;
    private const int SocketCloseOnExec = 0x80000;
    private const int LevelSocket = 1;
    private const int OptionSendBuffer = 7;
    private const int MessageDontWait = 0x40;
    private const int MessageNoSignal = 0x4000;
    private const int ShutdownWrite = 1;
    private const int ShutdownBoth = 2;
    private const short PollIn = 1;
    private const short PollOut = 4;
    private const int ErrorInterrupted = 4;
    private const int ErrorAgain = 11;

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Polled
    {
        public int Descriptor;
        public short Events;
        public short Found;
    }

    private static partial class Calls
    {
        [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
        public static partial int Socket(int domain, int type, int protocol);

        [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
        public static partial int Bind(int descriptor, Address* address, int addressBytes);

        [LibraryImport("libc", EntryPoint = "listen", SetLastError = true)]
        public static partial int Listen(int descriptor, int backlog);

        [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
        public static partial int Connect(int descriptor, Address* address, int addressBytes);

        [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
        public static partial int Accept(int descriptor, void* address, int* addressBytes, int flags);

        [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
        public static partial nint Receive(int descriptor, byte* buffer, nuint length, int flags);

        [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
        public static partial nint Send(int descriptor, byte* bytes, nuint length, int flags);

        [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
        public static partial int Poll(Polled* polled, nuint count, int milliseconds);

        [LibraryImport("libc", EntryPoint = "shutdown", SetLastError = true)]
        public static partial int Shutdown(int descriptor, int how);

        [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
        public static partial int SetSocketOption(int descriptor, int level, int option, void* value, int valueBytes);
    }
}
