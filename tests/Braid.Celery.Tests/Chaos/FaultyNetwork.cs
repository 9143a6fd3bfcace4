using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Braid.Celery.Tests.Chaos;

/// <summary>A port that leads to a broker, over a network that can be cut and can stall.</summary>
internal sealed class FaultyNetwork : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Uri _target;
    private readonly ConcurrentDictionary<Socket, byte> _sockets = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private volatile TaskCompletionSource _open = Opened();

    internal FaultyNetwork(Uri target)
    {
        _target = target;
        _listener.Start();
        Url = new UriBuilder(target) { Host = "127.0.0.1", Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.Uri.ToString();
        _accepting = Task.Run(AcceptAsync);
    }

    internal string Url { get; }

    private static TaskCompletionSource Opened()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }

    /// <summary>Every connection is lost; new ones are taken at once.</summary>
    internal Task CutAsync()
    {
        foreach (var socket in _sockets.Keys) socket.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>Nothing gets through for a while; nothing is lost.</summary>
    internal Task PauseAsync(TimeSpan time) => PauseAsync(Task.Delay(time));

    /// <summary>Nothing gets through until then; nothing is lost.</summary>
    internal async Task PauseAsync(Task end)
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _open = gate;
        // The pause itself is the fault.
        await end;
        gate.SetResult();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket client;
            try { client = await _listener.AcceptSocketAsync(_stop.Token); }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException) { return; }
            _ = CarryAsync(client);
        }
    }

    private async Task CarryAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        _sockets[client] = 0;
        _sockets[server] = 0;
        try
        {
            await server.ConnectAsync(_target.Host, _target.Port, _stop.Token);
            await Task.WhenAny(PumpAsync(client, server), PumpAsync(server, client));
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException) { }
        finally
        {
            _sockets.TryRemove(client, out _);
            _sockets.TryRemove(server, out _);
            client.Dispose();
        }
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _stop.Token) is var count and > 0)
            {
                await _open.Task;
                await to.SendAsync(buffer.AsMemory(0, count), _stop.Token);
            }
        }
        // A cut line ends both directions.
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException) { }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await CutAsync();
        await _accepting;
        _stop.Dispose();
    }
}
