using System.Net;
using System.Net.Sockets;
using Braid.Celery.Brokers;

namespace Braid.Celery.Tests.RabbitMq;

public sealed class RabbitMqSocketTests
{
    private static async Task<(RabbitMqSocket Socket, Stream Stream, Socket Peer)> ConnectAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var socket = new RabbitMqSocket(AddressFamily.InterNetwork);
        await socket.ConnectAsync(IPAddress.Loopback, ((IPEndPoint)listener.LocalEndpoint).Port);
        return (socket, socket.GetStream(), await listener.AcceptSocketAsync());
    }

    [Fact]
    public async Task What_is_written_arrives_whole_and_in_order_and_a_reader_that_is_slow_holds_the_writer_back()
    {
        // More than the system's buffers take.
        var sent = new byte[32 << 20];
        new Random(1).NextBytes(sent);
        var (socket, stream, peer) = await ConnectAsync();
        using var _ = socket;
        using var __ = peer;
        var heldBack = new TaskCompletionSource();
        var writing = Task.Run(async () =>
        {
            for (var at = 0; at < sent.Length; at += 1 << 10)
            {
                var write = stream.WriteAsync(sent.AsMemory(at, 1 << 10));
                if (!write.IsCompleted) heldBack.TrySetResult();
                await write;
            }
            Assert.True(heldBack.Task.IsCompleted, "32 MB were taken although nobody read.");
        }, TestContext.Current.CancellationToken);
        await Task.WhenAny(heldBack.Task, writing).WaitAsync(TestTime.Limit, TestContext.Current.CancellationToken);
        var received = new byte[sent.Length];
        await new NetworkStream(peer).ReadExactlyAsync(received, TestContext.Current.CancellationToken);
        await writing;
        Assert.True(sent.AsSpan().SequenceEqual(received));
    }

    [Fact]
    public async Task A_peer_that_is_gone_fails_the_writes_that_follow()
    {
        var (socket, stream, peer) = await ConnectAsync();
        using var _ = socket;
        // Closed by a reset.
        peer.LingerState = new LingerOption(true, 0);
        peer.Dispose();
        await TestTime.UntilAsync(async () =>
        {
            try { await stream.WriteAsync(new byte[100], TestContext.Current.CancellationToken); }
            catch (IOException) { return true; }
            return false;
        }, "a write fails");
    }
}
