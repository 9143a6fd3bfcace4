namespace Braid.Wire;

/// <summary>
/// A stream between two processes of one machine, or the place where such streams come in: a Unix domain socket with a path. Nothing here
/// waits but <see cref="Poll"/>, so a peer that has stopped reading can never hold up the thread that sends.
/// </summary>
/// <remarks>
/// By system calls where their numbers are known, since the first socket of the library takes 8 to 40 ms of a process whose start
/// somebody waits for (docs/design/engines.md, "What a start costs"); by the library elsewhere.
/// </remarks>
internal abstract class LocalSocket : IDisposable
{
    /// <summary>What <see cref="Receive"/> and <see cref="Send"/> give when they would have to wait.</summary>
    public const int WouldWait = -1;

    /// <summary>Waits without end.</summary>
    public const int Forever = -1;

    /// <summary>Room for a full window of assignments, so that a send rarely has to wait for its reader.</summary>
    protected const int SendBufferBytes = 1 << 20;

    /// <summary>Makes the socket of that path, which must not be there yet, for others to connect to.</summary>
    /// <exception cref="IOException">It cannot be made; the message says why.</exception>
    public static LocalSocket Listen(string path, int backlog) =>
        OperatingSystem.IsLinux() ? LinuxSocket.Listening(path, backlog) : LibrarySocket.Listening(path, backlog);

    /// <summary>Connects to whoever listens at that path.</summary>
    /// <exception cref="IOException">Nobody does; the message says why.</exception>
    public static LocalSocket Connect(string path) =>
        OperatingSystem.IsLinux() ? LinuxSocket.Connected(path) : LibrarySocket.Connected(path);

    /// <summary>One that has connected; null when none waits. Only of one that listens.</summary>
    /// <exception cref="IOException">It was lost as it came, descriptors ran short, or this end was shut down.</exception>
    public abstract LocalSocket? Accept();

    /// <summary>How many bytes were read; 0 at the end of the stream, <see cref="WouldWait"/> when nothing is there.</summary>
    /// <exception cref="EndOfStreamException">The stream broke.</exception>
    public abstract int Receive(Span<byte> buffer);

    /// <summary>How many bytes were taken, or <see cref="WouldWait"/>.</summary>
    /// <exception cref="EndOfStreamException">The peer is gone, or this end was disposed of.</exception>
    public abstract int Send(ReadOnlySpan<byte> bytes);

    /// <summary>
    /// Waits until there is something to read or to accept, or with <paramref name="toSend"/> room to send, or the end of the stream: false when
    /// <paramref name="milliseconds"/> (<see cref="Forever"/> for no limit) went by without.
    /// </summary>
    public abstract bool Poll(int milliseconds, bool toSend = false);

    /// <summary>
    /// Ends what is sent, which the peer sees after all that was sent before, and with <paramref name="both"/> also what is received: whoever polls
    /// this end wakes. The descriptor stays until <see cref="Dispose"/>. No error when the peer was first.
    /// </summary>
    public abstract void Shutdown(bool both);

    public abstract void Dispose();
}
