using System.Reflection;
using System.Runtime.CompilerServices;
using Braid.Driver;
using Braid.Engines.Processes;
using Braid.Engines.Processes.Worker;
using Braid.Execution;
using Braid.Lambdas;
using Braid.Objects;
using Braid.Scheduling;
using Braid.Serialization;
using Braid.Tests.Engines;
using Braid.Wire;

namespace Braid.Tests.Wire;

/// <summary>
/// A hundred thousand broken frames at each end's reader: each is taken or refused, with the few exceptions that mean that, and costs no more
/// memory than <see cref="AllocationPerByteMax"/> for each of its bytes beyond <see cref="AllocationBase"/>.
/// </summary>
public class FrameFuzzTests
{
    private const int Rounds = 50_000;
    private const int AllocationPerByteMax = 256;
    private const int AllocationBase = 256 << 10;

    private static readonly ManualResetEventSlim Over = new();

    [Theory(Timeout = Until.TestMs), InlineData(1), InlineData(2)]
    public async Task The_driver_takes_or_refuses_whatever_a_worker_sends(int seed)
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes, options => options with { Workers = 1 });
        var driver = (DriverBackend)running.Cluster.Backend;
        var session = (ProcessSession)driver.Session;
        var (near, far) = Pair();
        using var hungUp = far;
        using var socket = near;
        var link = new ProcessLink(session, (WorkerChild)RuntimeHelpers.GetUninitializedObject(typeof(WorkerChild)), socket, driver.Options);
        var handle = HandlerOf(link);
        var events = (StructList<DriverEvent>)typeof(ProcessLink).GetField("_events", BindingFlags.NonPublic | BindingFlags.Instance)!.GetValue(link)!;
        var definition = session.Functions.Of(Lambda.Of(() => 1)).Bytes;
        var options = session.Packer.Pack(TravellingOptions.Of(new() { Name = "fuzz", Retries = 7 }));
        var error = TaskError.Of(new InvalidOperationException("fuzz"), session.Packer);

        // What the frames below name must be known first.
        Give(handle, Frame(FrameKind.Define, frame => { frame.Number(0); frame.Bytes(definition); }));
        Give(handle, Frame(FrameKind.Put, frame => { frame.Number(1); Payload.Empty.WriteTo(frame); }));
        byte[][] frames =
        [
            Frame(FrameKind.Completed, frame => { frame.Number(1); frame.Number(1); frame.Number(17); session.Packer.Pack("result").WriteTo(frame); }),
            Frame(FrameKind.Failed, frame => { frame.Number(1); frame.Number(1); error.WriteTo(frame); }),
            Frame(FrameKind.CancelledOn, frame => { frame.Number(1); frame.Number(1); }),
            Frame(FrameKind.Blocked, frame => { frame.Number(1); frame.Number(1); frame.Number(1); frame.Number(1); }),
            Frame(FrameKind.Submit, frame => { frame.Number(2); frame.Number(0); frame.Byte(1); frame.Byte(1); options.WriteTo(frame); Payload.Empty.WriteTo(frame); }),
            Frame(FrameKind.Put, frame => { frame.Number(3); new Payload([1, 2, 3], [new BufferRef(new SegmentId(1), 64, 70_000)], [], false).WriteTo(frame); }),
            Frame(FrameKind.Release, frame => { frame.Number(1); frame.Number(3); frame.Number(1); }),
            Frame(FrameKind.Subscribe, frame => frame.Number(1)),
            Frame(FrameKind.StreamItem, frame => { frame.Number(1); frame.Number(1); session.Packer.Pack(new[] { 1, 2 }).WriteTo(frame); }),
            Frame(FrameKind.Progress, frame => { frame.Number(1); frame.Number(1); frame.Double(0.5); }),
            Frame(FrameKind.Consumed, frame => { frame.Number(1); frame.Number(5); }),
            Frame(FrameKind.CancelReference, frame => { frame.Number(1); frame.Byte(1); }),
            Frame(FrameKind.Lost, frame => { frame.Number(1); frame.Number(65); }),
            Frame(FrameKind.Ready, frame => frame.Text("")),
        ];
        Fuzz(handle, frames, seed, events.Clear);
        Assert.Equal(2, await running.Cluster.Submit(() => 2));
    }

    [Theory(Timeout = Until.TestMs), InlineData(3), InlineData(4)]
    public async Task A_worker_takes_or_refuses_whatever_a_driver_sends(int seed)
    {
        using var store = SegmentStore.Create(new());
        var (near, far) = Pair();
        var drained = Task.Run(() => Drain(far));
        var runtime = new WorkerRuntime(new FrameSocket(near), 1, new WorkerPlace(Path.Combine(store.MemoryDirectory, "driver.sock"), store.SpillDirectory, "token"));
        var handle = HandlerOf(runtime);
        Lambda lambda = Lambda.Of(() => Over.Wait());
        var definition = new FunctionTable().Of(lambda).Bytes;
        var error = TaskError.Of(new InvalidOperationException("fuzz"), new Packer(store));
        Give(handle, Frame(FrameKind.Welcome, frame => { frame.Number(1); frame.Number(1000); frame.Byte(0); }));
        Give(handle, Frame(FrameKind.Define, frame => { frame.Number(0); frame.Bytes(definition); }));
        // Holds the one slot, so that what follows is queued, not run.
        Give(handle, Frame(FrameKind.Assign, frame => { frame.Number(1); frame.Number(1); frame.Number(0); frame.Byte(0); Payload.Empty.WriteTo(frame); }));
        try
        {
            byte[][] frames =
            [
                Frame(FrameKind.Value, frame => { frame.Number(7); frame.Byte((byte)ObjectStatus.Ready); new Payload([1, 2, 3], [], [], false).WriteTo(frame); }),
                Frame(FrameKind.Value, frame => { frame.Number(8); frame.Byte((byte)ObjectStatus.Failed); error.WriteTo(frame); }),
                Frame(FrameKind.Assign, frame =>
                {
                    frame.Number(9);
                    frame.Number(1);
                    frame.Number(0);
                    frame.Byte((byte)(AssignFrame.Flags.Stream | AssignFrame.Flags.TimeLimit | AssignFrame.Flags.Name | AssignFrame.Flags.Cores | AssignFrame.Flags.LocalDependencies));
                    frame.Number(64);
                    frame.Number(1000);
                    frame.Text("name");
                    frame.Number(10_000);
                    frame.Number(1);
                    frame.Number(1);
                    new Payload([1], [new BufferRef(new SegmentId(1), 64, 70_000)], [runtime.Objects.Get(7)], false).WriteTo(frame);
                }),
                Frame(FrameKind.Cancel, frame => { frame.Number(9); frame.Number(1); }),
                Frame(FrameKind.Reclaim, frame => { frame.Number(9); frame.Number(1); }),
                Frame(FrameKind.Resume, frame => { frame.Number(9); frame.Number(1); }),
                Frame(FrameKind.StreamCredit, frame => { frame.Number(9); frame.Number(1); frame.Number(32); }),
                Frame(FrameKind.Item, frame => { frame.Number(9); Payload.Empty.WriteTo(frame); }),
            ];
            // Another Welcome or function would change what the rounds after it mean.
            Fuzz(handle, frames, seed, static () => { }, kind => kind is not (FrameKind.Welcome or FrameKind.Define));
        }
        finally
        {
            Over.Set();
            far.Shutdown(both: true);
            await drained;
            far.Dispose();
        }
    }

    [Fact]
    public void Errors_and_payloads_are_read_within_the_bound_from_any_bytes()
    {
        using var store = SegmentStore.Create(new());
        var packer = new Packer(store);
        var random = new Random(5);
        for (var round = 0; round < Rounds; round++)
        {
            var bytes = new byte[random.Next(64)];
            random.NextBytes(bytes);
            Bounded(bytes, 5, round, () =>
            {
                var reader = new FrameReader(bytes);
                _ = round % 2 == 0 ? (object)TaskError.ReadFrom(ref reader, NoReference, packer) : Payload.ReadFrom(ref reader, NoReference, packer);
            });
        }

        static IObjectState NoReference(long id) => throw new WireException($"There is no reference {id}.");
    }

    private static void Fuzz(FrameSocket.Handler handle, byte[][] frames, int seed, Action after, Func<FrameKind, bool>? allowed = null)
    {
        var random = new Random(seed);
        var refused = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var frame = Mutated(frames[random.Next(frames.Length)], frames, random);
            if (allowed is null || allowed((FrameKind)frame[0]))
                refused += Bounded(frame, seed, round, () => Give(handle, frame)) ? 0 : 1;
            after();
        }

        Assert.InRange(refused, Rounds / 10, Rounds);
    }

    /// <summary>True when it was taken.</summary>
    private static bool Bounded(byte[] frame, int seed, int round, Action read)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var taken = true;
        try
        {
            read();
        }
        catch (Exception e) when (e is WireException or SerializationException or CodeMismatchException or ObjectLostException)
        {
            taken = false;
        }
        catch (Exception e)
        {
            Assert.Fail($"Seed {seed}, round {round}, frame {Convert.ToHexString(frame)}: {e}");
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated <= AllocationBase + AllocationPerByteMax * frame.Length, $"Seed {seed}, round {round}: {allocated:N0} bytes for a frame of {frame.Length}: {Convert.ToHexString(frame)}");
        return taken;
    }

    private static byte[] Mutated(byte[] frame, byte[][] all, Random random)
    {
        var bytes = new List<byte>(frame);
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(7))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.RemoveRange(at, random.Next(bytes.Count - at));
                    break;
                case 3:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
                case 4:
                    // A number as large as there is.
                    bytes.InsertRange(at, Enumerable.Repeat((byte)0xFF, random.Next(1, 10)).Append((byte)random.Next(128)));
                    break;
                case 5:
                    bytes.AddRange(all[random.Next(all.Length)].Skip(random.Next(8)));
                    break;
                default:
                    bytes[0] = (byte)random.Next(80);
                    break;
            }

            if (bytes.Count == 0)
                bytes.Add((byte)random.Next(80));
        }

        return [.. bytes];
    }

    private static void Give(FrameSocket.Handler handle, byte[] frame) => handle((FrameKind)frame[0], new FrameReader(frame.AsSpan(1)));

    private static byte[] Frame(FrameKind kind, Action<FrameWriter> body)
    {
        var writer = new FrameWriter();
        writer.Begin(kind);
        body(writer);
        writer.End();
        return writer.Written[4..].ToArray();
    }

    private static FrameSocket.Handler HandlerOf(object reader) =>
        reader.GetType().GetMethod("Handle", BindingFlags.NonPublic | BindingFlags.Instance)!.CreateDelegate<FrameSocket.Handler>(reader);

    private static (LocalSocket Near, LocalSocket Far) Pair()
    {
        var path = Path.Combine(Path.GetTempPath(), $"braid-{Guid.NewGuid():n}.sock");
        using var listener = LocalSocket.Listen(path, backlog: 1);
        var near = LocalSocket.Connect(path);
        var far = listener.Accept()!;
        File.Delete(path);
        return (near, far);
    }

    private static void Drain(LocalSocket socket)
    {
        try
        {
            var bytes = new byte[64 << 10];
            while (socket.Receive(bytes) != 0)
                socket.Poll(LocalSocket.Forever);
        }
        catch (EndOfStreamException)
        {
            // The test is over.
        }
    }
}
