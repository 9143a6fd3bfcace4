using Braid.Serialization;
using static Braid.Mpi.Ranks.RankContext;

namespace Braid.Mpi.Ranks.Scenarios;

/// <summary>Objects from rank to rank.</summary>
internal static class Objects
{
    public static void ADictionaryGoesAroundTheRing(RankContext r)
    {
        var mine = new Dictionary<string, object?> { ["rank"] = r.Rank, ["ratio"] = 0.5, ["names"] = new[] { "a", "ü" }, ["none"] = null };
        var got = r.World.SendReceiveObject<Dictionary<string, object?>, Dictionary<string, object?>>(mine, r.Next, r.Previous);
        r.Say($"{got!["rank"]} {((string[])got["names"]!)[1]} {got["none"] is null} {got.Count}");
    }

    public static void EveryKindOfValueArrives(RankContext r)
    {
        Same(r, 7);
        Same(r, "text of some length, with 漢字");
        Same(r, (1, 2.5, "three"));
        Same(r, DateTime.UnixEpoch);
        Same<string?>(r, null);
        Same<object>(r, 5L);
        Same(r, new Point(1, -2));
        Same(r, DayOfWeek.Friday);
        Expect(Around(r, new Circle(new(3, 4), 5)) is { Radius: 5, Center.Y: 4 });
        Expect(Around(r, new List<int> { 1, 2, 3 })!.SequenceEqual([1, 2, 3]));
        Expect(Around(r, new int[,] { { 1, 2 }, { 3, 4 } })![1, 0] == 3);
        r.Say("all");
    }

    public static void ALambdaTakesItsCapturesAlong(RankContext r)
    {
        var rank = r.Rank;
        var got = Around<Func<int, int>>(r, x => (10 * x) + rank);
        r.Say($"{got!(4)}");
    }

    public static void ObjectsOfAnyLengthArriveWhole(RankContext r)
    {
        foreach (var length in new[] { 0, 1, 100, 8_000, 8_192, 20_000, 1_000_000 })
        {
            var doubles = new double[length];
            for (var i = 0; i < length; i++)
            {
                doubles[i] = i + r.Rank;
            }
            var got = Around(r, (Name: "vector", doubles, new byte[length], new string('x', length)));
            var right = got.doubles.Length == length && got.Item3.Length == length && got.Item4.Length == length;
            for (var i = 0; i < length; i++)
            {
                right &= got.doubles[i] == i + r.Previous;
            }
            r.Say($"{length} {right}");
        }
    }

    public static void ABufferIsReadInPlaceOfItsOwn(RankContext r)
    {
        var got = Around<ReadOnlyMemory<int>>(r, Enumerable.Range(r.Rank, 100_000).ToArray());
        var other = Around<ReadOnlyMemory<int>>(r, new int[100_000]);
        GC.Collect();
        r.Say($"{got.Length} {got.Span[0]} {got.Span[^1]} {other.Span[5]}");
    }

    public static void SharedAndCyclicReferencesStay(RankContext r)
    {
        var node = new Node { Value = r.Rank };
        node.Next = node;
        var got = Around(r, new[] { node, node });
        r.Say($"{ReferenceEquals(got![0], got[1])} {ReferenceEquals(got[0].Next, got[0])} {got[0].Value}");
    }

    public static void ABaseClassReceivesWhatIsDerived(RankContext r)
    {
        r.World.SendObjectAsync(new Circle(new(1, 2), 3), r.Next).AsTask();
        r.Say($"{(r.World.ReceiveObject<Shape>(r.Previous) as Circle)?.Radius}");
        r.World.SendObjectAsync(41, r.Next).AsTask();
        r.Say($"{r.World.ReceiveObject<object>(r.Previous)}");
        r.World.SendObjectAsync<object>("as an object", r.Next).AsTask();
        r.Say($"{r.World.ReceiveObject<string>(r.Previous)}");
    }

    public static void AnotherTypeIsRefusedAndTheNextMessageArrives(RankContext r)
    {
        r.World.SendObjectAsync("text", r.Next).AsTask();
        r.World.SendObjectAsync(17, r.Next).AsTask();
        r.Say(FailureOf(() => r.World.ReceiveObject<int>(r.Previous)));
        r.Say($"{r.World.ReceiveObject<int>(r.Previous)}");
    }

    public static void GarbageIsASerializationException(RankContext r)
    {
        var random = new Random(20260 + r.Rank);
        var refused = 0;
        var good = GoodMessage(r);
        for (var i = 0; i < 300; i++)
        {
            // Nothing, noise, and good messages with a few bytes changed or an end cut off.
            var bytes = i switch
            {
                0 => [],
                < 150 => new byte[random.Next(1, 3000)],
                _ => good[..random.Next(1, good.Length + 1)],
            };
            if (i is > 0 and < 150)
            {
                random.NextBytes(bytes);
            }
            for (var change = random.Next(3); i >= 150 && change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] ^= (byte)random.Next(1, 256);
            }
            var sent = r.World.StartSend<byte>(bytes, r.Rank, 9);
            try
            {
                _ = r.World.ReceiveObject<object>(r.Rank, 9);
            }
            catch (SerializationException)
            {
                refused++;
            }
            sent.Wait();
        }
        r.Say($"{refused > 200}");
        Same(r, "and the next is whole");
    }

    public static void WhatCannotTravelIsNamedAndNothingWasSent(RankContext r)
    {
        var bad = new Dictionary<string, object> { ["log"] = new StringWriter() };
        r.Say(FailureOf(() => r.World.SendObject(bad, r.Next)));
        Same(r, 1);
    }

    public static void AProbedMessageIsReceivedAsAnObject(RankContext r)
    {
        r.World.SendObjectAsync(new Point(5, 6), r.Next, tag: 3).AsTask();
        var message = r.World.MatchedProbe(r.Previous, 3);
        r.Say($"{message.ReceiveObject<Point>()} {message.Status.Tag}");
        r.World.SendObjectAsync(8, r.Next, tag: 4).AsTask();
        Expect(r.World.ReceiveObject<int>(Mpi.AnySource, Mpi.AnyTag, out var status) == 8);
        r.Say($"{status.Source} {status.Tag}");
    }

    public static void NobodySendsTheDefault(RankContext r)
    {
        r.World.SendObject("lost", Mpi.ProcNull);
        r.Say($"{r.World.ReceiveObject<string>(Mpi.ProcNull) is null} {r.World.ReceiveObjectAsync<int>(Mpi.ProcNull).AsTask().Result}");
    }

    public static void ASynchronousSendArrives(RankContext r)
    {
        var got = r.World.ReceiveObjectAsync<string>(r.Previous, 5).AsTask();
        r.World.SendObjectSynchronous($"from {r.Rank}", r.Next, 5);
        r.Say(got.Result!);
    }

    public static async Task AwaitedReceivesGetTheirMessagesInOrder(RankContext r)
    {
        var receives = Enumerable.Range(0, 50).Select(_ => r.World.ReceiveObjectAsync<int[]>(r.Previous).AsTask()).ToArray();
        r.World.Barrier();
        for (var i = 0; i < 50; i++)
        {
            await r.World.SendObjectAsync(Enumerable.Range(i, 1 + (i * 500)).ToArray(), r.Next);
        }
        var got = await Task.WhenAll(receives);
        r.Say($"{got.Select((x, i) => x![0] == i && x.Length == 1 + (i * 500)).All(x => x)}");
    }

    public static async Task AnAwaitedReceiveIsTakenBackByItsToken(RankContext r)
    {
        using var source = new CancellationTokenSource();
        var receive = r.World.ReceiveObjectAsync<int>(r.Previous, 77, source.Token).AsTask();
        await source.CancelAsync();
        try
        {
            r.Say($"got {await receive}");
        }
        catch (OperationCanceledException e) when (e.CancellationToken == source.Token)
        {
            r.Say("taken back");
        }
        r.World.Barrier();
        var sent = r.World.SendObjectAsync(1, r.Next, 77).AsTask();
        r.Say($"{r.World.ReceiveObject<int>(r.Previous, 77)}");
        await sent;
    }

    public static void FourThreadsReceiveFromAnyTag(RankContext r)
    {
        var sums = new int[4];
        var threads = Enumerable.Range(0, 4).Select(t => new Thread(() =>
        {
            for (var i = 0; i < 25; i++)
            {
                r.World.SendObjectAsync((t, new double[i * 1000]), r.Next, 10 + t).AsTask();
                var (_, data) = r.World.ReceiveObject<(int, double[])>(r.Previous);
                sums[t] += data.Length;
            }
        })).ToArray();
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        r.Say($"{sums.Sum()}");
    }

    private static byte[] GoodMessage(RankContext r)
    {
        r.World.SendObjectAsync(new Dictionary<string, object> { ["a"] = new[] { 1, 2 }, ["b"] = new Point(1, 2), ["c"] = new byte[70_000] }, r.Rank, 8).AsTask();
        return r.World.MatchedProbe(r.Rank, 8).Receive<byte>();
    }

    private static void Same<T>(RankContext r, T value) => Expect(EqualityComparer<T?>.Default.Equals(Around(r, value), value), typeof(T).Name);

    private static T? Around<T>(RankContext r, T value) => r.World.SendReceiveObject<T, T>(value, r.Next, r.Previous);

    internal static string FailureOf(Action action)
    {
        try
        {
            action();
            return "no failure";
        }
        catch (Exception e) when (e is not MpiException)
        {
            return $"{e.GetType().Name}: {e.Message}";
        }
    }

    internal abstract record Shape(Point Center);

    internal sealed record Circle(Point Center, double Radius) : Shape(Center);

    internal readonly record struct Point(int X, int Y);

    private sealed class Node
    {
        public int Value;
        public Node? Next;
    }
}
