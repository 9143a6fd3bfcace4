using Braid.Serialization;

namespace Braid.Tests.Lambdas;

/// <summary>Delegates inside data, and what they share.</summary>
public class SharedClosureTests
{
    [Fact]
    public void Two_lambdas_over_one_closure_still_share_its_variables()
    {
        var x = 0;
        Action set = () => x = 42;
        Func<int> get = () => x;
        var there = Round(new Pair { Set = set, Get = get });
        there.Set();
        Assert.Equal(42, there.Get());
        Assert.Equal(0, x);
    }

    [Fact]
    public void A_second_lambda_brings_the_variables_that_the_first_did_not_read()
    {
        int a = 1, b = 2, c = 3;
        Func<int>[] there = Round<Func<int>[]>([() => a, () => b, () => a + b + c]);
        Assert.Equal([1, 2, 6], there.Select(f => f()));
        Assert.Same(there[0].Target, there[2].Target);
    }

    [Fact]
    public void Closures_of_inner_scopes_share_the_one_of_the_outer_scope()
    {
        var total = 0;
        var adders = new List<Action<int>>();
        for (var i = 1; i <= 2; i++)
        {
            var factor = i;
            adders.Add(x => total += factor * x);
        }

        Func<int> get = () => total;
        var there = Round((adders, get));
        there.adders[0](10);
        there.adders[1](1);
        Assert.Equal(12, there.get());
    }

    [Fact]
    public void A_delegate_in_a_field_whose_target_is_the_object_itself()
    {
        var node = new Node { Value = 41 };
        node.Next = node.Increment;
        var there = Round(node);
        Assert.Same(there, there.Next!.Target);
        Assert.Equal(42, there.Next());
        Assert.Equal(42, there.Value);
    }

    [Fact]
    public void A_lambda_that_captures_an_object_that_holds_the_lambda()
    {
        var node = new Node { Value = 41 };
        node.Next = () => node.Increment();
        var there = Carry.There(node.Next);
        Assert.Equal(42, there());
        Assert.Equal(43, there());
        Assert.Equal(41, node.Value);
    }

    [Fact]
    public void Captured_objects_keep_their_identity()
    {
        var list = new List<int>();
        var same = list;
        Func<bool> f = () => ReferenceEquals(list, same);
        Assert.True(Carry.There(f)());
    }

    [Fact]
    public void Delegates_in_collections_and_delegates_that_capture_delegates()
    {
        var offset = 1;
        var steps = new Dictionary<string, Func<int, int>> { ["add"] = x => x + offset, ["double"] = x => 2 * x };
        Func<int, int> both = x => steps["double"](steps["add"](x));
        Assert.Equal(42, Carry.There(both)(20));
    }

    [Fact]
    public void A_chain_of_a_thousand_delegates()
    {
        Func<int, int> f = x => x;
        for (var i = 0; i < 1000; i++)
        {
            var inner = f;
            f = x => inner(x) + 1;
        }

        Assert.Equal(1042, Carry.There(f)(42));
    }

    [Fact]
    public void An_iterator_that_has_begun_goes_on_where_it_was()
    {
        var numbers = Numbers(5).GetEnumerator();
        numbers.MoveNext();
        Func<List<int>> rest = () =>
        {
            var list = new List<int>();
            while (numbers.MoveNext()) list.Add(numbers.Current);
            return list;
        };
        Assert.Equal([1, 2, 3, 4], Carry.There(rest)());
    }

    [Fact]
    public void An_iterator_of_lambdas_that_has_begun_keeps_the_variables_that_its_last_lambda_did_not_read()
    {
        var steps = Steps(1, 10).GetEnumerator();
        steps.MoveNext();
        Func<int> both = () =>
        {
            var first = steps.Current(2);
            steps.MoveNext();
            return 100 * first + steps.Current(2);
        };
        Assert.Equal(321, Carry.There(both)());

        static IEnumerable<Func<int, int>> Steps(int addend, int factor)
        {
            yield return x => x + addend;
            yield return x => x * factor + addend;
        }
    }

    [Fact]
    public void A_closure_that_is_captured_as_an_object_too_has_all_its_variables()
    {
        var (a, b) = (1, 2);
        Func<int> first = () => a;
        Func<int> second = () => b;
        var target = first.Target!;
        var again = Carry.There(() => (first, target))();
        Assert.Same(again.first.Target, again.target);
        Assert.Equal(2, (int)second.Method.Invoke(again.target, null)!);
    }

    [Fact]
    public void A_captured_sequence_is_run_where_it_is_read()
    {
        var numbers = Numbers(3);
        Assert.Equal([0, 1, 2], Carry.There(() => numbers.ToList())());
    }

    [Fact]
    public void An_event_keeps_its_subscribers()
    {
        var source = new Source();
        var log = new List<string>();
        source.Raised += text => log.Add(text + "!");
        source.Raised += text => log.Add(text + "?");
        var there = Round((source, log));
        there.source.Raise("a");
        Assert.Equal(["a!", "a?"], there.log);
        Assert.Empty(log);
    }

    private static IEnumerable<int> Numbers(int count)
    {
        for (var i = 0; i < count; i++) yield return i;
    }

    private static T Round<T>(T value) => BraidSerializer.Deserialize<T>(BraidSerializer.Serialize(value));

    private sealed class Pair
    {
        public required Action Set { get; init; }

        public required Func<int> Get { get; init; }
    }

    private sealed class Node
    {
        public int Value;

        public Func<int>? Next;

        public int Increment() => ++Value;
    }

    private sealed class Source
    {
        public event Action<string>? Raised;

        public void Raise(string text) => Raised?.Invoke(text);
    }
}
