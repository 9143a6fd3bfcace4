using System.Collections.Immutable;
using Braid.Serialization;

namespace Braid.Tests.Serialization;

public class GraphsTests
{
    [Fact]
    public void Fields_of_every_kind_are_kept_and_no_constructor_or_setter_runs()
    {
        var back = RoundTrip.Of(new Derived("hidden", 7) { Init = "init", Setter = 3 });
        Assert.Equal("hidden", back.Hidden);
        Assert.Equal(7, back.ReadOnlyField);
        Assert.Equal("init", back.Init);
        Assert.Equal(3, back.SetterValue);
        Assert.Equal("base", back.BasePrivate);
        Assert.Equal(0, back.LeftOut);
        Assert.Equal(1, Derived.ConstructorRuns);
        Assert.Equal(1, Derived.SetterRuns);
    }

    [Fact]
    public void Records_structs_and_anonymous_types_come_back_equal()
    {
        var record = new Order(5, "a", [new Line("x", 1.5m), new Line("y", 2m)], new Point(1, 2), DayOfWeek.Monday);
        var back = RoundTrip.Of(record);
        Assert.Equal(record with { Lines = null! }, back with { Lines = null! });
        Assert.Equal(record.Lines, back.Lines);
        Assert.Equal(new Point(3, 4), RoundTrip.Of(new Point(3, 4)));
        Assert.Equal(new Mixed("s", true, 'c', null, 8), RoundTrip.Of(new Mixed("s", true, 'c', null, 8)));
        Assert.Equal((object)new { A = 1, B = "b" }, RoundTrip.Of((object)new { A = 1, B = "b" }));
        Assert.Equal(default(Empty), RoundTrip.Of(new Empty[3])[2]);
    }

    [Fact]
    public void A_shared_reference_is_shared_again()
    {
        var shared = new int[] { 1 };
        var text = new string('s', 1000);
        var back = RoundTrip.Of(new object[] { shared, shared, text, text, new List<object> { shared } });
        Assert.Same(back[0], back[1]);
        Assert.Same(back[2], back[3]);
        Assert.Same(back[0], ((List<object>)back[4])[0]);
    }

    [Fact]
    public void Cycles_are_kept()
    {
        var node = new Node { Name = "a" };
        node.Next = node;
        var back = RoundTrip.Of(node);
        Assert.Same(back, back.Next);

        var array = new object[2];
        array[0] = array;
        array[1] = new Dictionary<string, object> { ["array"] = array };
        var again = RoundTrip.Of(array);
        Assert.Same(again, again[0]);
        Assert.Same(again, ((Dictionary<string, object>)again[1])["array"]);
    }

    [Fact]
    public void A_cycle_through_keys_waits_until_the_keys_are_whole()
    {
        var owner = new Owner("o");
        owner.Things[owner] = 1;
        owner.Things[new Owner("other")] = 2;
        var back = RoundTrip.Of(owner);
        Assert.Equal(1, back.Things[back]);
        Assert.Equal(2, back.Things[new Owner("other")]);
    }

    [Fact]
    public void A_cycle_through_an_immutable_collection_and_a_class_is_kept()
    {
        var tree = new Tree();
        tree.Children = [new Tree { Parent = tree }, new Tree { Parent = tree }];
        var back = RoundTrip.Of(tree);
        Assert.Equal(2, back.Children.Count);
        Assert.All(back.Children, child => Assert.Same(back, child.Parent));
    }

    [Fact]
    public void A_cycle_that_could_not_be_rebuilt_is_refused_on_writing()
    {
        var holder = new Tree();
        var list = ImmutableList.Create<object>(holder);
        holder.Tag = list;
        var e = Assert.Throws<SerializationException>(() => BraidSerializer.Serialize(list));
        Assert.Contains("contains itself", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Members_keep_their_own_types()
    {
        Shape[] shapes = [new Circle(1), new Square(2), new Circle(3)];
        Assert.Equal(shapes, RoundTrip.Of(shapes));
        Assert.Equal(shapes, RoundTrip.Of<IReadOnlyList<Shape>>(shapes));
        var strings = Assert.IsType<string[]>(RoundTrip.Of<object[]>(new string[] { "covariant" }));
        Assert.Equal("covariant", strings[0]);
    }

    [Fact]
    public void A_chain_of_a_million_nodes_needs_no_deep_stack()
    {
        Node? first = null;
        for (var i = 0; i < 1_000_000; i++)
            first = new Node { Next = first };
        var count = 0;
        for (var node = RoundTrip.Of(first); node is not null; node = node.Next)
            count++;
        Assert.Equal(1_000_000, count);
    }

    [Fact]
    public void A_chain_of_lists_and_boxes_and_maps_needs_no_deep_stack()
    {
        object chain = "end";
        for (var i = 0; i < 30_000; i++)
            chain = (i % 4) switch { 0 => new List<object> { chain }, 1 => new object[] { chain }, 2 => new Dictionary<string, object> { ["next"] = chain }, _ => Tuple.Create(chain) };
        Assert.NotNull(RoundTrip.Of(chain));
    }

    [Fact]
    public void Nesting_that_cannot_be_deferred_is_refused_at_a_limit()
    {
        object nested = "end";
        for (var i = 0; i < 2_000; i++)
            nested = ImmutableHashSet.Create(nested);
        var e = Assert.Throws<SerializationException>(() => BraidSerializer.Serialize(nested));
        Assert.Contains("1000 deep", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generic_nested_and_inherited_generic_classes_come_back()
    {
        var value = new Outer<string>.Inner<int> { First = "f", Second = 2 };
        var back = RoundTrip.Of<object>(value);
        Assert.Equal("f", Assert.IsType<Outer<string>.Inner<int>>(back).First);
    }

    [Fact]
    public void Queries_and_iterators_travel_as_they_are()
    {
        Assert.Equal([0, 1, 2], RoundTrip.Of(Enumerable.Range(0, 3)));
        Assert.Equal([1, 2], RoundTrip.Of(Count(2)));
        int[] array = [3, 1, 2];
        foreach (var source in new IEnumerable<int>[] { array, array.ToList(), array.ToHashSet(), Count(3), Each([3, 1, 2]) })
        {
            var odd = source.Where(i => i % 2 == 1);
            Comes(odd);
            Comes(source.Select(i => i + 1));
            Comes(source.Append(5).Append(6).Prepend(7).Prepend(8));
            Comes(source.Concat(array).Concat(array.ToList()).Concat(odd));
            Comes(source.Chunk(2).Select(chunk => chunk.Sum()));
            Comes(source.Union(array).Union(array.ToList()));
            Comes(source.OrderBy(i => -i).Skip(1).Take(1));
            Assert.Equal([3, 1, 2], RoundTrip.Of(source.GroupBy(i => i % 2).SelectMany(group => group)).OrderBy(i => i % 2 == 0 ? 3 : -i));
            Comes(source.CountBy(i => i % 2).Select(pair => pair.Value));
        }

        // Twice, since one that was enumerated once keeps what it enumerated with.
        static void Comes(IEnumerable<int> query)
        {
            Assert.Equal(RoundTrip.Of(query), query);
            Assert.Equal(query, RoundTrip.Of(query));
        }
    }

    [Fact]
    public void An_enumerator_travels_only_where_no_collection_is_behind_it()
    {
        var begun = new List<int> { 1, 2 }.GetEnumerator();
        Assert.Equal(default, RoundTrip.Of(default(List<int>.Enumerator)));
        while (begun.MoveNext())
            Assert.Throws<SerializationException>(() => RoundTrip.Of(begun.Current == 1 ? begun : new List<int> { 1 }.GetEnumerator()));
        Assert.False(RoundTrip.Of(begun).MoveNext());
        var nodes = new SortedSet<int> { 1, 2 }.GetEnumerator();
        Assert.Throws<SerializationException>(() => RoundTrip.Of(nodes));
        Assert.True(nodes.MoveNext());
        Assert.Equal(1, nodes.Current);
    }

    [Fact]
    public void A_seeded_random_continues_its_sequence()
    {
        var random = new Random(5);
        random.Next();
        var back = RoundTrip.Of(random);
        Assert.Equal(random.Next(), back.Next());
    }

    private static IEnumerable<int> Each(List<int> list)
    {
        foreach (var item in list)
            yield return item;
    }

    private static IEnumerable<int> Count(int to)
    {
        for (var i = 1; i <= to; i++)
            yield return i;
    }

    private class Base
    {
        private readonly string _basePrivate;

        protected Base(string value) => _basePrivate = value;

        public string BasePrivate => _basePrivate;
    }

    private sealed class Derived : Base
    {
        public static int ConstructorRuns;
        public static int SetterRuns;

        public readonly int ReadOnlyField;

        [NonSerialized]
        public int LeftOut = 9;

        private readonly string _hidden;
        private int _setter;

        public Derived(string hidden, int readOnly) : base("base")
        {
            ConstructorRuns++;
            _hidden = hidden;
            ReadOnlyField = readOnly;
        }

        public string Hidden => _hidden;

        public string? Init { get; init; }

        public int SetterValue => _setter;

        public int Setter
        {
            set
            {
                SetterRuns++;
                _setter = value;
            }
        }
    }

    private sealed record Order(int Id, string Name, List<Line> Lines, Point Where, DayOfWeek Day);

    private sealed record Line(string Product, decimal Price);

    private readonly record struct Point(double X, double Y);

    private readonly record struct Mixed(string Text, bool Flag, char Letter, int? Maybe, long Number);

    private record struct Empty;

    private sealed class Node
    {
        public string? Name;
        public Node? Next;
    }

    private sealed class Tree
    {
        public ImmutableList<Tree> Children = [];
        public Tree? Parent;
        public object? Tag;
    }

    private sealed class Owner(string name) : IEquatable<Owner>
    {
        public Dictionary<Owner, int> Things { get; } = [];

        public bool Equals(Owner? other) => other?.Name == Name;

        public override bool Equals(object? obj) => Equals(obj as Owner);

        public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

        private string Name { get; } = name;
    }

    private abstract record Shape;

    private sealed record Circle(double Radius) : Shape;

    private sealed record Square(double Side) : Shape;

    private class Outer<T>
    {
        public T? First;

        public sealed class Inner<TInner> : Outer<T>
        {
            public TInner? Second;
        }
    }
}
