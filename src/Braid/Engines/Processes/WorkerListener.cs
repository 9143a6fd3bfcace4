using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Braid.Wire;

namespace Braid.Engines.Processes;

/// <summary>
/// The socket that workers come to. A connection that does not show, within seconds, the number and the secret of a worker that was just
/// started is closed without an answer.
/// </summary>
/// <remarks>
/// Plain blocking calls on threads: the asynchronous ones cost a start of a cluster seventy methods more to compile, while the workers
/// that are starting need the same processors.
/// </remarks>
internal sealed class WorkerListener : IDisposable
{
    private static readonly TimeSpan HelloTimeout = TimeSpan.FromSeconds(10);

    private readonly LocalSocket _socket;
    private readonly Lock _gate = new();

    /// <summary>Started and not yet here, by number. Guarded by <see cref="_gate"/>.</summary>
    private readonly Dictionary<int, Expected> _expected = [];

    private volatile bool _closing;

    public WorkerListener(string path)
    {
        Path = path;
        _socket = LocalSocket.Listen(path, backlog: 1024);
        new Thread(Accept) { IsBackground = true, Name = "Braid listener" }.Start();
    }

    public string Path { get; }

    public Task<LocalSocket> Expect(int workerId, string token)
    {
        var expected = new Expected(Encoding.ASCII.GetBytes(token));
        lock (_gate)
            _expected[workerId] = expected;
        return expected.Arrival.Task;
    }

    public void Forget(int workerId)
    {
        lock (_gate)
            _expected.Remove(workerId);
    }

    public void Dispose()
    {
        _closing = true;
        _socket.Shutdown(both: true);
        _socket.Dispose();
    }

    private void Accept()
    {
        while (true)
        {
            try
            {
                _socket.Poll(LocalSocket.Forever);
                // On a thread of its own: a connection that says nothing keeps no worker waiting.
                if (_socket.Accept() is { } connection)
                    new Thread(() => Greet(connection)) { IsBackground = true, Name = "Braid greeting" }.Start();
            }
            catch (IOException) when (_closing)
            {
                return;
            }
            catch (IOException)
            {
                // One connection was lost as it came, or descriptors ran short: its worker's start fails by its own time limit.
                Thread.Sleep(10);
            }
        }
    }

    private void Greet(LocalSocket connection)
    {
        try
        {
            // Exactly the hello and no byte of what follows: the link reads the rest.
            var started = Stopwatch.GetTimestamp();
            var length = BitConverter.ToInt32(Read(connection, 4, started));
            if (length is > 0 and <= Hello.BytesMax && Hello.TryRead(Read(connection, length, started)) is { } hello && Take(hello) is { } expected)
            {
                expected.Arrival.SetResult(connection);
                return;
            }
        }
        catch (Exception exception) when (exception is EndOfStreamException or WireException)
        {
            // Not a worker of ours: it gets no answer.
        }

        connection.Dispose();
    }

    private Expected? Take(Hello hello)
    {
        lock (_gate)
        {
            return _expected.TryGetValue(hello.WorkerId, out var expected) && CryptographicOperations.FixedTimeEquals(expected.Token, hello.Token)
                && _expected.Remove(hello.WorkerId) ? expected : null;
        }
    }

    private static byte[] Read(LocalSocket connection, int count, long started)
    {
        var bytes = new byte[count];
        for (var read = 0; read < count;)
        {
            var left = HelloTimeout - Stopwatch.GetElapsedTime(started);
            if (left <= TimeSpan.Zero)
                throw new EndOfStreamException();
            connection.Poll(Math.Max(1, (int)left.TotalMilliseconds));
            var more = connection.Receive(bytes.AsSpan(read));
            if (more == 0)
                throw new EndOfStreamException();
            if (more != LocalSocket.WouldWait)
                read += more;
        }

        return bytes;
    }

    private sealed class Expected(byte[] token)
    {
        public byte[] Token => token;

        public TaskCompletionSource<LocalSocket> Arrival { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
