using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Braid.Tests.Serialization;

public class CollectionsTests
{
    private static readonly string[] Words = ["b", "a", "c"];
    private static readonly KeyValuePair<string, int>[] Pairs = [new("b", 2), new("a", 1), new("c", 3)];

    public static TheoryData<IEnumerable> All() =>
    [
        new int[] { 1, 2, 3 }, Array.Empty<double>(), new string?[] { "a", null }, new bool[] { true, false }, new DateTime[] { DateTime.UnixEpoch }, new decimal[] { 1.5m },
        new int[][] { [1], [], [2, 3] }, new int[,] { { 1, 2, 3 }, { 4, 5, 6 } }, new string[,,] { { { "a", "b" } }, { { "c", "d" } } }, new Guid[] { Guid.Empty },
        new DayOfWeek[] { DayOfWeek.Friday }, new Complex[] { new(1, 2) }, new (int, double)[] { (1, 2) }, new nuintFree[] { new(1, 2) }, new object?[] { 1, "a", null, 2.5 },
        new List<int> { 1, 2 }, new List<string> { "a" }, new List<bool> { true }, new Queue<string>(Words), new Stack<string>(Words), new LinkedList<string>(Words),
        new HashSet<string>(Words), new SortedSet<string>(Words), new Dictionary<string, int>(Pairs), new SortedDictionary<string, int>(new Dictionary<string, int>(Pairs)),
        new SortedList<string, int>(new Dictionary<string, int>(Pairs)), new OrderedDictionary<string, int>(Pairs),
        new ConcurrentQueue<string>(Words), new ConcurrentStack<string>(Words), new ConcurrentBag<string>(Words), ImmutableArray.Create(Words), ImmutableArray.Create(1, 2),
        ImmutableList.Create(Words), ImmutableQueue.Create(Words), ImmutableStack.Create(Words), ImmutableHashSet.Create(Words), ImmutableSortedSet.Create(Words),
        ImmutableDictionary.CreateRange(Pairs), ImmutableSortedDictionary.CreateRange(Pairs), new ReadOnlyCollection<string>(Words), new Collection<string>([.. Words]),
        new ObservableCollection<string>(Words), new ReadOnlyDictionary<string, int>(new Dictionary<string, int>(Pairs)), new BitArray(new[] { true, false }),
        new ArraySegment<int>([1, 2, 3, 4], 1, 2), new Words3 { "x", "y" },
    ];

    [Theory]
    [MemberData(nameof(All))]
    public void A_collection_comes_back_with_its_type_elements_and_order(IEnumerable collection)
    {
        var back = RoundTrip.Of<object>(collection);
        Assert.Same(collection.GetType(), back.GetType());
        Assert.Equal(collection.Cast<object?>(), ((IEnumerable)back).Cast<object?>());
        Assert.Equal(collection.Cast<object?>(), ((IEnumerable)Typed((dynamic)collection)).Cast<object?>());
    }

    private static object Typed<T>(T value) => RoundTrip.Of(value)!;

    [Fact]
    public void Comparers_are_kept()
    {
        Assert.True(RoundTrip.Of(new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["A"] = 1 }).ContainsKey("a"));
        Assert.Same(StringComparer.OrdinalIgnoreCase, RoundTrip.Of(new HashSet<string>(StringComparer.OrdinalIgnoreCase)).Comparer);
        Assert.Contains("STRASSE", RoundTrip.Of(new SortedSet<string>(StringComparer.Create(CultureInfo.GetCultureInfo("de-DE"), ignoreCase: true)) { "strasse" }));
        Assert.Equal(1, RoundTrip.Of(new ConcurrentDictionary<int, int>(new Modulo(10)) { [3] = 1 })[13]);
        Assert.Equal(3, RoundTrip.Of(new ConcurrentDictionary<string, int>(Pairs))["c"]);
        Assert.Equal([3, 2, 1], RoundTrip.Of(new SortedSet<int>([1, 2, 3], new Backwards())));
        Assert.Equal([2, 1], RoundTrip.Of(new SortedDictionary<int, int>(new Backwards()) { [1] = 1, [2] = 2 }).Keys);
        Assert.True(RoundTrip.Of(ImmutableDictionary.Create<string, string>(StringComparer.OrdinalIgnoreCase, StringComparer.Ordinal).Add("A", "b")).ContainsKey("a"));
        Assert.Contains("A", RoundTrip.Of(ImmutableHashSet.Create<string>(StringComparer.OrdinalIgnoreCase, "a")));
        var byIdentity = RoundTrip.Of(new Dictionary<object, int>(ReferenceEqualityComparer.Instance) { ["k"] = 1 });
        Assert.Same(ReferenceEqualityComparer.Instance, byIdentity.Comparer);
    }

    [Fact]
    public void Frozen_collections_come_back()
    {
        Assert.Equal(2, RoundTrip.Of(new Dictionary<string, int>(Pairs).ToFrozenDictionary(StringComparer.OrdinalIgnoreCase))["B"]);
        Assert.True(Assert.IsType<FrozenSet<string>>(RoundTrip.Of<object>(Words.ToFrozenSet()), exactMatch: false).SetEquals(Words));
    }

    [Fact]
    public void A_priority_queue_gives_out_in_order()
    {
        var back = RoundTrip.Of(new PriorityQueue<string, int>([("late", 9), ("early", 1)]));
        Assert.Equal("early", back.Dequeue());
        Assert.Equal("late", back.Dequeue());
    }

    [Fact]
    public void Only_the_slice_of_a_memory_travels()
    {
        var array = Enumerable.Range(0, 100).ToArray();
        Assert.Equal([5, 6], RoundTrip.Of(array.AsMemory(5, 2)).ToArray());
        Assert.Equal([5, 6], RoundTrip.Of<ReadOnlyMemory<int>>(array.AsMemory(5, 2)).ToArray());
        Assert.Equal(["a"], RoundTrip.Of<ReadOnlyMemory<string>>(new[] { "a" }).ToArray());
        Assert.Equal("xt", RoundTrip.Of("text".AsMemory(2)).ToString());
        Assert.True(RoundTrip.Of(default(ImmutableArray<int>)).IsDefault);
        Assert.Null(RoundTrip.Of(default(ArraySegment<int>)).Array);
    }

    [Fact]
    public void Arrays_with_other_lower_bounds_keep_them()
    {
        var array = Array.CreateInstance(typeof(int), [2, 2], [5, -1]);
        array.SetValue(7, 6, 0);
        var back = RoundTrip.Of(array);
        Assert.Equal(-1, back.GetLowerBound(1));
        Assert.Equal(7, back.GetValue(6, 0));
        Assert.Equal(array.GetType(), back.GetType());
    }

    [Fact]
    public void Unions_fixed_buffers_and_inline_arrays_come_back()
    {
        Assert.Equal(0x3F800000, RoundTrip.Of(new Union { Single = 1 }).Bits);
        var fixedBuffer = default(Fixed);
        unsafe
        {
            fixedBuffer.Bytes[15] = 5;
            var back = RoundTrip.Of(fixedBuffer);
            Assert.Equal(5, back.Bytes[15]);
        }

        var four = default(Four);
        four[3] = "three";
        Assert.Equal("three", RoundTrip.Of(four)[3]);
    }

    [Fact]
    public void Structs_with_padding_travel_alone_and_in_arrays()
    {
        Padded[] values = [new(1, long.MaxValue, 2), new(3, -1, 4)];
        Assert.Equal(values, RoundTrip.Of(values));
        Assert.Equal(values[0], RoundTrip.Of(values[0]));
    }

    private readonly record struct nuintFree(long A, long B);

    private readonly record struct Padded(byte A, long B, short C);

    private sealed class Words3 : List<string>;

    private sealed class Modulo(int modulus) : IEqualityComparer<int>
    {
        public bool Equals(int x, int y) => x % modulus == y % modulus;

        public int GetHashCode(int obj) => obj % modulus;
    }

    private sealed class Backwards : IComparer<int>
    {
        public int Compare(int x, int y) => y.CompareTo(x);
    }

    [StructLayout(LayoutKind.Explicit)]
    private struct Union
    {
        [FieldOffset(0)]
        public float Single;

        [FieldOffset(0)]
        public int Bits;
    }

    private unsafe struct Fixed
    {
        public fixed byte Bytes[16];
    }

    [InlineArray(4)]
    private struct Four
    {
        private string? _first;
    }
}
