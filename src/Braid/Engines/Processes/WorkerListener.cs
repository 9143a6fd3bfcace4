using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Braid.Wire;

namespace Braid.Engines.Processes;

/// <summary>
/// The socket that workers come to. A connection that does not show, within seconds, the number and the secret of a worker that was just
/// started is closed without an answer.
/// </summary>
internal sealed class WorkerListener : IDisposable
{
    private static readonly TimeSpan HelloTimeout = TimeSpan.FromSeconds(10);

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly ConcurrentDictionary<int, (byte[] Token, TaskCompletionSource<Socket> Arrival)> _expected = new();
    private readonly CancellationTokenSource _closing = new();

    public WorkerListener(string path)
    {
        Path = path;
        _socket.Bind(new UnixDomainSocketEndPoint(path));
        _socket.Listen(backlog: 1024);
        _ = AcceptAsync();
    }

    public string Path { get; }

    public Task<Socket> Expect(int workerId, string token)
    {
        var arrival = new TaskCompletionSource<Socket>(TaskCreationOptions.RunContinuationsAsynchronously);
        _expected[workerId] = (Encoding.ASCII.GetBytes(token), arrival);
        return arrival.Task;
    }

    public void Forget(int workerId) => _expected.TryRemove(workerId, out _);

    public void Dispose()
    {
        _closing.Cancel();
        _socket.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                _ = GreetAsync(await _socket.AcceptAsync(_closing.Token).ConfigureAwait(false));
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                if (_closing.IsCancellationRequested)
                    return;
                // One connection was lost as it came, or descriptors ran short: its worker's start fails by its own time limit.
                await Task.Delay(10).ConfigureAwait(false);
            }
        }
    }

    private async Task GreetAsync(Socket connection)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
        limit.CancelAfter(HelloTimeout);
        try
        {
            // Exactly the hello and no byte of what follows: the link reads the rest.
            var header = await ReadAsync(connection, 4, limit.Token).ConfigureAwait(false);
            var length = BitConverter.ToInt32(header);
            if (length is > 0 and <= Hello.BytesMax && Hello.TryRead(await ReadAsync(connection, length, limit.Token).ConfigureAwait(false)) is { } hello
                && _expected.TryGetValue(hello.WorkerId, out var expected)
                && CryptographicOperations.FixedTimeEquals(expected.Token, hello.Token)
                && _expected.TryRemove(hello.WorkerId, out _))
            {
                expected.Arrival.SetResult(connection);
                return;
            }
        }
        catch (Exception exception) when (exception is SocketException or EndOfStreamException or OperationCanceledException or WireException)
        {
            // Not a worker of ours: it gets no answer.
        }

        connection.Dispose();
    }

    private static async Task<byte[]> ReadAsync(Socket connection, int count, CancellationToken cancellationToken)
    {
        var bytes = new byte[count];
        for (var read = 0; read < count;)
        {
            var more = await connection.ReceiveAsync(bytes.AsMemory(read), cancellationToken).ConfigureAwait(false);
            if (more == 0)
                throw new EndOfStreamException();
            read += more;
        }

        return bytes;
    }
}
