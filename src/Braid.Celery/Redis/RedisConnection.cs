using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;
using Braid.Celery.Wire;

namespace Braid.Celery.Redis;

/// <summary>
/// One connection, pipelined: commands of all callers are appended to one buffer, whatever waits is written at once, and replies complete
/// in order. A broken connection fails all that wait and is never repaired; <see cref="RedisClient"/> makes a new one.
/// </summary>
internal sealed class RedisConnection : IAsyncDisposable
{
    private readonly Stream _stream;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly Action<RespValue>? _onPush;
    private readonly Lock _lock = new();

    // Guarded by _lock: what is to be written, and who waits for a reply, in the order of the commands.
    private readonly Queue<Pending> _pending = new();
    private PooledWriter _filling = new(4096);
    private PooledWriter _draining = new(4096);
    private bool _signalled;
    private Exception? _failure;

    private Task _reading = Task.CompletedTask;
    private Task _writing = Task.CompletedTask;

    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RedisConnection(Stream stream, Action<RespValue>? onPush)
    {
        _stream = stream;
        _onPush = onPush;
    }

    /// <summary>Completes when the connection is broken or closed.</summary>
    internal Task Closed => _closed.Task;

    internal bool IsOpen => !_closed.Task.IsCompleted;

    /// <summary>
    /// Connects, authenticates and selects the database. With <paramref name="onPush"/> it is a connection that subscribes: every reply
    /// goes there, none completes a command.
    /// </summary>
    internal static async Task<RedisConnection> OpenAsync(RedisEndpoint endpoint, string name, Action<RespValue>? onPush, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        Stream stream;
        try
        {
            await socket.ConnectAsync(endpoint.Host, endpoint.Port, cancellationToken);
            stream = new NetworkStream(socket, ownsSocket: true);
        }
        catch (Exception e)
        {
            socket.Dispose();
            if (e is SocketException) throw new RedisConnectionException($"Redis at {endpoint} cannot be reached: {e.Message}", e);
            throw;
        }
        try
        {
            if (endpoint.Tls)
            {
                var tls = new SslStream(stream);
                stream = tls;
                var options = new SslClientAuthenticationOptions { TargetHost = endpoint.Host };
                // The URL's ssl_cert_reqs=none asks for this: encrypted, but to whoever answers.
                if (!endpoint.CheckCertificate) options.RemoteCertificateValidationCallback = (_, _, _, _) => !endpoint.CheckCertificate;
                await tls.AuthenticateAsClientAsync(options, cancellationToken);
            }
            var hello = new RedisCommand();
            if (endpoint.Password is { } password)
            {
                if (endpoint.User is { } user) hello.Add("AUTH", user, password);
                else hello.Add("AUTH", password);
            }
            if (endpoint.Database != 0) hello.Add("SELECT", endpoint.Database);
            hello.Add("CLIENT", "SETNAME", name);
            // The greeting is answered by ordinary replies, also on a connection that subscribes afterwards.
            await GreetAsync(stream, hello, cancellationToken);
            var connection = new RedisConnection(stream, onPush);
            connection._reading = connection.ReadAsync();
            connection._writing = connection.WriteAsync();
            return connection;
        }
        catch (Exception e)
        {
            await stream.DisposeAsync();
            if (e is IOException or System.Security.Authentication.AuthenticationException)
                throw new RedisConnectionException($"The connection to Redis at {endpoint} failed: {e.Message}", e);
            throw;
        }
    }

    private static async Task GreetAsync(Stream stream, RedisCommand hello, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(hello.Bytes.ToArray(), cancellationToken);
        var buffer = new byte[4096];
        var length = 0;
        for (var replies = 0; replies < hello.Count;)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken);
            if (read == 0) throw new RedisConnectionException("Redis closed the connection during the greeting.");
            length += read;
            while (replies < hello.Count && RespParser.TryRead(buffer.AsSpan(0, length), out var reply, out var consumed))
            {
                reply.OrThrow();
                replies++;
                buffer.AsSpan(consumed, length - consumed).CopyTo(buffer);
                length -= consumed;
            }
        }
    }

    /// <summary>Sends commands and waits for all their replies; an error among them is returned, not thrown.</summary>
    internal Task<RespValue[]> SendAsync(RedisCommand command)
    {
        var pending = new Pending(command.Count);
        Append(command, pending);
        return pending.Task;
    }

    /// <summary>Sends commands whose replies go to the push handler: SUBSCRIBE and its kin.</summary>
    internal void Push(RedisCommand command) => Append(command, null);

    private void Append(RedisCommand command, Pending? pending)
    {
        lock (_lock)
        {
            if (_failure is not null) throw new RedisConnectionException("The connection to Redis was lost.", _failure);
            _filling.Write(command.Bytes);
            if (pending is not null) _pending.Enqueue(pending);
            if (_signalled) return;
            _signalled = true;
        }
        _wake.Release();
    }

    private async Task WriteAsync()
    {
        try
        {
            while (true)
            {
                await _wake.WaitAsync(_stop.Token);
                lock (_lock)
                {
                    (_filling, _draining) = (_draining, _filling);
                    _signalled = false;
                }
                await _stream.WriteAsync(_draining.WrittenMemory, _stop.Token);
                _draining.Clear();
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException) { Fail(e); }
    }

    private async Task ReadAsync()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        var (start, end) = (0, 0);
        try
        {
            while (true)
            {
                while (start < end && RespParser.TryRead(buffer.AsSpan(start, end - start), out var reply, out var consumed))
                {
                    start += consumed;
                    Complete(reply);
                }
                if (start > 0)
                {
                    buffer.AsSpan(start, end - start).CopyTo(buffer);
                    (start, end) = (0, end - start);
                }
                if (end == buffer.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                    buffer.AsSpan(0, end).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }
                var read = await _stream.ReadAsync(buffer.AsMemory(end), _stop.Token);
                if (read == 0) throw new IOException("Redis closed the connection.");
                end += read;
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException or RedisConnectionException) { Fail(e); }
        finally { ArrayPool<byte>.Shared.Return(buffer); }
    }

    private void Complete(RespValue reply)
    {
        if (_onPush is not null)
        {
            _onPush(reply);
            return;
        }
        Pending pending;
        lock (_lock)
        {
            if (_pending.Count == 0) throw new RedisConnectionException("Redis sent a reply that nobody asked for.");
            pending = _pending.Peek();
            if (pending.IsLast) _pending.Dequeue();
        }
        pending.Add(reply);
    }

    private void Fail(Exception cause)
    {
        Pending[] waiting;
        lock (_lock)
        {
            if (_failure is not null) return;
            _failure = cause;
            waiting = [.. _pending];
            _pending.Clear();
        }
        _stop.Cancel();
        _stream.Dispose();
        foreach (var pending in waiting) pending.Fail(new RedisConnectionException("The connection to Redis was lost.", cause));
        _closed.TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        Fail(new ObjectDisposedException(nameof(RedisConnection)));
        await Task.WhenAll(_reading, _writing);
        _filling.Dispose();
        _draining.Dispose();
    }

    /// <summary>One caller's commands, waiting for their replies. Added to by the reading loop alone.</summary>
    private sealed class Pending(int count)
    {
        private readonly RespValue[] _replies = new RespValue[count];
        private readonly TaskCompletionSource<RespValue[]> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _received;

        internal Task<RespValue[]> Task => _completion.Task;
        internal bool IsLast => _received == _replies.Length - 1;

        internal void Add(RespValue reply)
        {
            _replies[_received++] = reply;
            if (_received == _replies.Length) _completion.TrySetResult(_replies);
        }

        internal void Fail(Exception cause) => _completion.TrySetException(cause);
    }
}
