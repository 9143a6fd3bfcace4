using System.Buffers.Binary;
using System.Net.Sockets;
using System.Reflection;
using System.Security.Cryptography;
using Braid.Engines.Processes.Worker;
using Braid.Execution;
using Braid.Tests.Engines;
using Braid.Wire;

namespace Braid.Tests.Wire;

/// <summary>Strangers at the driver's socket, and workers that lose their minds.</summary>
public class LinkTests
{
    public static TheoryData<string> Greetings => ["wrong token", "unknown worker", "another version", "not a hello", "garbage", "too long", "negative length", "truncated"];

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Greetings))]
    public async Task A_stranger_is_turned_away_without_an_answer(string greeting)
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes, options => options with { Workers = 1 });
        using var stranger = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await stranger.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(running.Directories[0], "driver.sock")));
        await stranger.SendAsync(BytesOf(greeting));
        if (greeting == "truncated")
            stranger.Shutdown(SocketShutdown.Send);
        int received;
        try
        {
            received = await stranger.ReceiveAsync(new byte[64]);
        }
        catch (SocketException)
        {
            received = 0;
        }

        Assert.Equal(0, received);
        Assert.Equal(1, await running.Cluster.Submit(() => 1));
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task A_stranger_that_says_nothing_holds_up_nobody()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes, options => options with { Workers = 1, TasksPerWorkerMax = 1 });
        var silent = Enumerable.Range(0, 20).Select(_ =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(Path.Combine(running.Directories[0], "driver.sock")));
            return socket;
        }).ToArray();
        // Each needs a new worker to be let in.
        for (var i = 0; i < 3; i++)
            Assert.Equal(i, await running.Cluster.Submit(() => i));
        foreach (var socket in silent)
            socket.Dispose();
    }

    public static TheoryData<string> Ravings => ["unknown kind", "too long", "cut short", "unknown reference", "after its end", "random"];

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Ravings))]
    public async Task A_worker_that_sends_garbage_is_ended_and_replaced(string raving)
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        var lost = await Assert.ThrowsAsync<WorkerLostException>(async () => await running.Cluster.Submit(
            () =>
            {
                LinkOfThisWorker().SendAll(Raving(raving));
                Thread.Sleep(Timeout.Infinite);
            },
            new() { Retries = 0 }));
        Assert.Contains("sent what it should not", lost.Message, StringComparison.Ordinal);
        Assert.Equal(2, await running.Cluster.Submit(() => 2));
        await Until.TrueAsync(() => running.Cluster.Describe().Workers.Count == 2);
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task A_link_that_breaks_in_the_middle_of_a_frame_is_the_end_of_its_worker()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        await Assert.ThrowsAsync<WorkerLostException>(async () => await running.Cluster.Submit(
            () =>
            {
                var link = LinkOfThisWorker();
                link.SendAll([200, 0, 0, 0, (byte)FrameKind.Completed, 1, 2, 3]);
                link.ShutdownBoth();
                Thread.Sleep(Timeout.Infinite);
            },
            new() { Retries = 0 }));
        Assert.Equal(2, await running.Cluster.Submit(() => 2));
    }

    private static byte[] BytesOf(string greeting)
    {
        var hello = new FrameWriter();
        Hello.Write(hello, greeting == "unknown worker" ? 99 : 1, RandomNumberGenerator.GetBytes(2 * Handshake.TokenBytes));
        var bytes = hello.Written.ToArray();
        switch (greeting)
        {
            case "another version":
                bytes[5]++;
                break;
            case "not a hello":
                bytes[4] = (byte)FrameKind.Completed;
                break;
            case "garbage":
                Random.Shared.NextBytes(bytes.AsSpan(4));
                break;
            case "too long":
                BinaryPrimitives.WriteInt32LittleEndian(bytes, 1 << 30);
                break;
            case "negative length":
                BinaryPrimitives.WriteInt32LittleEndian(bytes, -1);
                break;
            case "truncated":
                return bytes[..20];
        }

        return bytes;
    }

    private static byte[] Raving(string raving)
    {
        byte[] body = raving switch
        {
            "unknown kind" => [99],
            "cut short" => [(byte)FrameKind.Completed, 1],
            "unknown reference" => [(byte)FrameKind.Subscribe, 77],
            "after its end" => [(byte)FrameKind.CancelledOn, 1, 1, 1],
            _ => RandomNumberGenerator.GetBytes(1000),
        };
        var length = raving switch
        {
            "too long" => int.MaxValue,
            "random" => -1,
            _ => body.Length,
        };
        return [.. BitConverter.GetBytes(length), .. body];
    }

    private static FrameSocket LinkOfThisWorker()
    {
        const BindingFlags Private = BindingFlags.NonPublic | BindingFlags.Instance;
        var backend = TaskExecution.Current!.Backend;
        var runtime = backend.GetType().GetFields(Private).Select(field => field.GetValue(backend)).OfType<WorkerRuntime>().Single();
        return (FrameSocket)typeof(WorkerRuntime).GetField("_socket", Private)!.GetValue(runtime)!;
    }
}
