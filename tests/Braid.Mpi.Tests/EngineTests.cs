using Braid.Mpi.Embedded;

namespace Braid.Mpi.Tests;

/// <summary>Two ranks of the embedded runtime in one process: how long messages are copied, whatever the system allows.</summary>
public sealed unsafe class EngineTests : IDisposable
{
    private const int NoProcess = int.MaxValue;

    private readonly string _path = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("n"));
    private readonly Embedded.Engine[] _engines = new Embedded.Engine[2];
    private readonly SharedSegment[] _segments = new SharedSegment[2];

    public EngineTests()
    {
        SharedSegment.Create(_path, 2);
        for (var rank = 0; rank < 2; rank++)
        {
            _segments[rank] = SharedSegment.Open(_path, 2);
            _engines[rank] = new(_segments[rank], rank);
            Reachable(rank, true);
        }
    }

    public static TheoryData<int, bool, bool> Messages()
    {
        var messages = new TheoryData<int, bool, bool>();
        foreach (var length in new[] { 9_000, 256 << 10, (1 << 20) + 13 })
        {
            messages.Add(length, true, true);
            messages.Add(length, true, false);
            messages.Add(length, false, true);
            messages.Add(length, false, false);
        }
        return messages;
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_long_message_arrives_whole_whether_or_not_the_system_lets_its_two_sides_reach_each_other(
        int length, bool receiverMayRead, bool senderMayWrite)
    {
        Reachable(0, receiverMayRead);
        Reachable(1, senderMayWrite);
        var sent = Bytes(length, 1);
        for (var i = 0; i < 2; i++)
        {
            var got = new byte[length];
            Both(() => Send(0, 1, sent), () => Receive(1, 0, got));
            Assert.True(sent.AsSpan().SequenceEqual(got));
        }
    }

    [Fact]
    public void Both_directions_at_once_are_copied_by_both_sides()
    {
        byte[][] sent = [Bytes((3 << 20) + 1, 1), Bytes((2 << 20) + 1, 2)], got = [new byte[sent[1].Length], new byte[sent[0].Length]];
        void Swap(int rank)
        {
            fixed (byte* from = sent[rank], to = got[rank])
            {
                var receive = new Operation();
                _engines[rank].StartReceive(receive, 0, 1 - rank, 0, to, got[rank].Length);
                _engines[rank].Send(1 - rank, 0, rank, 0, from, sent[rank].Length, synchronous: false);
                _engines[rank].Wait(receive);
            }
        }
        for (var i = 0; i < 5; i++)
        {
            Array.ForEach(got, Array.Clear);
            Both(() => Swap(0), () => Swap(1));
            Assert.True(sent[0].AsSpan().SequenceEqual(got[1]) && sent[1].AsSpan().SequenceEqual(got[0]));
        }
    }

    [Fact]
    public void More_messages_are_under_way_than_can_be_shared_and_one_longer_than_its_place_is_cut()
    {
        const int Length = 300_000;
        var count = SharedSegment.ClaimCount * 2;
        var sent = Enumerable.Range(0, count).Select(static i => Bytes(Length, i)).ToArray();
        var got = Enumerable.Range(0, count).Select(static i => new byte[Length - 1]).ToArray();
        var errors = new MpiErrorClass[count];
        Both(
            () =>
            {
                var pins = sent.Select(static s => s.AsMemory().Pin()).ToArray();
                var sends = pins.Select((pin, i) =>
                {
                    var send = new Operation();
                    _engines[0].StartSend(send, 1, 0, 0, i, (byte*)pin.Pointer, Length, synchronous: false);
                    return send;
                }).ToArray();
                Array.ForEach(sends, _engines[0].Wait);
                Array.ForEach(pins, static p => p.Dispose());
            },
            () =>
            {
                for (var i = count - 1; i >= 0; i--)
                {
                    errors[i] = Receive(1, i, got[i]);
                }
            });
        Assert.All(errors, static e => Assert.Equal(MpiErrorClass.Truncate, e));
        Assert.All(Enumerable.Range(0, count), i => Assert.True(sent[i].AsSpan(0, Length - 1).SequenceEqual(got[i])));
    }

    [Fact]
    public void A_sender_that_sleeps_because_its_ring_is_full_soon_sees_that_there_is_room_again()
    {
        // Nobody wakes it for that. Of a tenth of a second each time, the sleep of one that waits for a message, this would take 5 seconds.
        const int Sleeps = 50, MessagesBetween = 300;
        var (message, got, sent) = (new byte[1000], new byte[1000], 0);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Both(
            () =>
            {
                for (var i = 0; i < Sleeps * MessagesBetween; i++)
                {
                    Send(0, 1, message);
                    Volatile.Write(ref sent, i + 1);
                }
            },
            () =>
            {
                for (var i = 0; i < Sleeps; i++)
                {
                    // The word of one that woke by itself is still set.
                    Volatile.Write(ref *_segments[0].Sleeping(0), 0);
                    while (Volatile.Read(ref *_segments[0].Sleeping(0)) == 0 && Volatile.Read(ref sent) < Sleeps * MessagesBetween)
                    {
                        Thread.Yield();
                    }
                    for (var m = 0; m < MessagesBetween; m++)
                    {
                        Receive(1, 0, got);
                    }
                }
            });
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(3), $"it took {watch.Elapsed}");
    }

    public void Dispose()
    {
        Array.ForEach(_engines, static e => e.Dispose());
        File.Delete(_path);
    }

    private void Reachable(int rank, bool reachable) => *_segments[rank].ProcessId(rank) = reachable ? Environment.ProcessId : NoProcess;

    private void Send(int from, int to, byte[] data)
    {
        fixed (byte* start = data)
        {
            _engines[from].Send(to, 0, from, 0, start, data.Length, synchronous: false);
        }
    }

    private MpiErrorClass Receive(int rank, int tag, byte[] data)
    {
        fixed (byte* start = data)
        {
            var receive = new Operation();
            _engines[rank].StartReceive(receive, 0, 1 - rank, tag, start, data.Length);
            _engines[rank].Wait(receive);
            return receive.Error;
        }
    }

    private static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static void Both(Action first, Action second)
    {
        Task[] sides = [.. new[] { first, second }.Select(static side => Task.Factory.StartNew(
            side, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        Assert.True(Task.WaitAll(sides, TimeSpan.FromSeconds(60)), "a side still waits");
    }
}
