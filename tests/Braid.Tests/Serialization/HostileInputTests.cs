using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Numerics;
using Braid.Serialization;

namespace Braid.Tests.Serialization;

public class HostileInputTests
{
    // What reading may allocate: a multiple of the payload's length, and a constant for the reader, the exception and its stack.
    private const int BytesForEach = 64;
    private const int Constant = 32 * 1024;

    [Fact]
    public void Truncated_at_any_byte_it_is_refused()
    {
        var payload = BraidSerializer.Serialize(Sample());
        for (var length = 0; length < payload.Length; length++)
            Assert.Throws<SerializationException>(() => BraidSerializer.Deserialize<Root>(payload.AsMemory(0, length)));
    }

    [Fact]
    public void A_set_with_an_element_twice_is_refused()
    {
        Refused(new HashSet<string> { "a", "b" });
        Refused(new SortedSet<string> { "a", "b" });

        static void Refused<T>(T set)
        {
            var payload = BraidSerializer.Serialize(set);
            payload.AsSpan().Replace((byte)'b', (byte)'a');
            Assert.Throws<SerializationException>(() => BraidSerializer.Deserialize<T>(payload));
        }
    }

    [Fact]
    public void Bytes_after_the_end_are_refused()
    {
        byte[] payload = [.. BraidSerializer.Serialize(5), 0];
        Assert.Throws<SerializationException>(() => BraidSerializer.Deserialize<int>(payload));
    }

    [Fact]
    public void Another_version_or_another_type_is_refused()
    {
        var payload = BraidSerializer.Serialize(new Named("x"));
        var e = Assert.Throws<SerializationException>(() => BraidSerializer.Deserialize<Other>(payload));
        Assert.Contains("written with other fields", e.Message, StringComparison.Ordinal);
        payload[0] ^= 1;
        Assert.Contains("format version", Assert.Throws<SerializationException>(() => BraidSerializer.Deserialize<Named>(payload)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_object_of_another_type_cannot_get_into_a_field()
    {
        var payload = BraidSerializer.Serialize<object>(new Named("x"));
        var e = Assert.Throws<SerializationException>(() => BraidSerializer.Deserialize<Uri>(payload));
        Assert.Contains("Named", e.Message, StringComparison.Ordinal);
        Assert.Contains("System.Uri", e.Message, StringComparison.Ordinal);

        // A reference back to an object of another type: [root array, "shared" named as its own element 0].
        var shared = BraidSerializer.Serialize(new object[] { new int[] { 1 }, new Named("y") });
        var back = BraidSerializer.Deserialize<object[]>(shared);
        Assert.IsType<Named>(back[1]);
    }

    [Fact]
    public void Types_of_assemblies_that_the_application_does_not_reference_are_unknown()
    {
        var payload = BraidSerializer.Serialize<object>(new Named("x"));
        var text = System.Text.Encoding.Latin1.GetString(payload).Replace("Braid.Tests", "Evil3.Tests", StringComparison.Ordinal);
        var e = Assert.Throws<SerializationException>(() => BraidSerializer.Deserialize<object>(System.Text.Encoding.Latin1.GetBytes(text)));
        Assert.Contains("does not reference", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lengths_that_the_payload_cannot_hold_allocate_nothing()
    {
        byte[] huge = [0xFF, 0xFF, 0xFF, 0xFF, 0x0F];
        AssertRefused<int[]>([BraidSerializer.FormatVersion, 1, .. huge]);
        AssertRefused<string[]>([BraidSerializer.FormatVersion, 1, .. huge]);
        AssertRefused<string>([BraidSerializer.FormatVersion, .. huge]);
        AssertRefused<List<object>>([BraidSerializer.FormatVersion, 1, .. huge]);
        AssertRefused<Dictionary<int, int>>([BraidSerializer.FormatVersion, 1, 0, .. huge]);
        AssertRefused<int[,]>([BraidSerializer.FormatVersion, 1, .. huge, 0, .. huge, 0, 0]);
        AssertRefused<BigInteger>([BraidSerializer.FormatVersion, .. huge]);
    }

    [Fact]
    public void Nested_announcements_share_one_payload()
    {
        // An array of arrays of arrays …, each of which announces all that is left.
        var payload = new byte[64 * 1024];
        payload[0] = BraidSerializer.FormatVersion;
        var at = 1;
        while (at < payload.Length - 8)
        {
            payload[at++] = 1;
            var count = (uint)(payload.Length - at - 8);
            payload[at++] = (byte)(count | 0x80);
            payload[at++] = (byte)((count >> 7) | 0x80);
            payload[at++] = (byte)(count >> 14);
        }

        AssertRefused<object[][][][][][][][][][][][]>(payload);
    }

    [Fact]
    public void A_hundred_thousand_damaged_payloads_are_read_or_refused_within_the_bound()
    {
        const int Rounds = 100_000;
        const int Seed = 20261121;
        byte[][] samples =
        [
            BraidSerializer.Serialize(Sample()), BraidSerializer.Serialize(new Root()), BraidSerializer.Serialize(new Root { Any = Sample() }),
            BraidSerializer.Serialize(new Root { Any = new object[] { Sample(), 1, "two", new[] { 3.0 }, typeof(Root) } }),
        ];
        var random = new Random(Seed);
        var (read, refused, worst) = (0, 0, 0.0);
        for (var round = 0; round < Rounds; round++)
        {
            var payload = Damage(random, samples[random.Next(samples.Length)], samples[random.Next(samples.Length)]);
            try
            {
                // A type that is met for the first time is compiled, once a process; so what is too much is measured again.
                var bound = ((long)BytesForEach * payload.Length) + Constant;
                var (allocated, wasRead) = Measure(payload);
                if (allocated > bound)
                    (allocated, wasRead) = Measure(payload);
                Assert.True(allocated <= bound, $"Seed {Seed}, round {round}: {allocated} bytes for a payload of {payload.Length}.");
                worst = Math.Max(worst, (double)(allocated - Constant) / payload.Length);
                (read, refused) = wasRead ? (read + 1, refused) : (read, refused + 1);
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"Seed {Seed}, round {round}: {e}");
            }
        }

        Assert.True(read > 0 && refused > Rounds / 10, $"{read} read, {refused} refused, worst {worst:f1}");
        TestContext.Current.TestOutputHelper?.WriteLine($"{read} read, {refused} refused, worst {worst:f1} bytes for each byte above the constant");
    }

    private static (long Allocated, bool Read) Measure(byte[] payload)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            BraidSerializer.Deserialize<Root>(payload);
            return (GC.GetAllocatedBytesForCurrentThread() - before, true);
        }
        catch (SerializationException)
        {
            return (GC.GetAllocatedBytesForCurrentThread() - before, false);
        }
    }

    private static byte[] Damage(Random random, byte[] payload, byte[] other)
    {
        var damaged = payload.ToArray();
        switch (random.Next(5))
        {
            case 0:
                return damaged[..random.Next(damaged.Length)];
            case 1:
                var from = random.Next(damaged.Length);
                return [.. damaged[..from], .. other.AsSpan(random.Next(other.Length))];
            case 2:
                var cut = random.Next(1, damaged.Length);
                return [.. damaged[..cut], .. damaged.AsSpan(random.Next(cut, damaged.Length))];
            default:
                for (var i = random.Next(1, 6); i > 0; i--)
                    damaged[random.Next(1, damaged.Length)] = random.Next(3) switch { 0 => (byte)random.Next(256), 1 => (byte)random.Next(8), _ => 0xFF };
                return damaged;
        }
    }

    private static void AssertRefused<T>(byte[] payload)
    {
        Assert.Throws<SerializationException>(() => BraidSerializer.Deserialize<T>(payload));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<SerializationException>(() => BraidSerializer.Deserialize<T>(payload));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, ((long)BytesForEach * payload.Length) + Constant);
    }

    private static Root Sample()
    {
        var root = new Root
        {
            Number = 5,
            Text = new string('t', 200),
            Bytes = new byte[100],
            Names = [new Named("a"), null, new Named("ä汉")],
            Map = new(StringComparer.OrdinalIgnoreCase) { ["k"] = 1.5m, ["l"] = "text" },
            Keys = [new Named("k1"), new Named("k2")],
            Immutable = ImmutableDictionary<string, int[]>.Empty.Add("x", [1, 2, 3]),
            Matrix = new double[2, 3],
            When = DateTime.UnixEpoch,
            Error = new InvalidOperationException("m", new ArgumentException("p", "q")),
            Concurrent = new([1, 2]),
            Linked = new([Guid.Empty]),
            Order = new SortedDictionary<int, Version?> { [1] = new(1, 2) },
        };
        root.Any = new object[] { root, root.Names, (1, "t", DayOfWeek.Friday), new Uri("https://x.y"), typeof(List<Named>), new BigInteger(77), StringComparer.Ordinal };
        return root;
    }

    private sealed class Root
    {
        public int Number;
        public string? Text;
        public byte[]? Bytes;
        public List<Named?>? Names;
        public Dictionary<string, object>? Map;
        public HashSet<Named>? Keys;
        public ImmutableDictionary<string, int[]>? Immutable;
        public double[,]? Matrix;
        public DateTime? When;
        public Exception? Error;
        public ConcurrentQueue<int>? Concurrent;
        public LinkedList<Guid>? Linked;
        public IDictionary<int, Version?>? Order;
        public object? Any;
    }

    private sealed record Named(string Name);

    private sealed record Other(int Number);
}
