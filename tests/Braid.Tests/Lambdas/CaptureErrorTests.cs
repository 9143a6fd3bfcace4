using System.Collections.Immutable;
using System.Linq.Expressions;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Braid.Lambdas;
using Braid.Serialization;

namespace Braid.Tests.Lambdas;

/// <summary>What cannot travel is named as the user wrote it, with the lambda's file and line.</summary>
public class CaptureErrorTests
{
    private readonly Lock _gate = new();

    [Fact]
    public void A_captured_variable()
    {
        var stream = new MemoryStream();
        var e = Fails(() => stream.Length, "stream", typeof(MemoryStream));
        Assert.StartsWith($"CaptureErrorTests.{Here()} lambda (CaptureErrorTests.cs:{Line() - 1}) captures `stream`, a System.IO.MemoryStream, which cannot travel: ", e.Message);
        Assert.Contains("Open it where it is used", e.Message);
        Assert.Equal($"CaptureErrorTests.{Here()} lambda (CaptureErrorTests.cs:{Line() - 3})", e.Lambda);
    }

    [Fact]
    public void A_variable_of_an_outer_scope()
    {
        var stream = new MemoryStream();
        foreach (var x in new[] { 1 })
            Fails(() => stream.Length + x, "stream", typeof(MemoryStream));
    }

    [Fact]
    public void A_variable_that_only_a_nested_lambda_reads()
    {
        var stream = new MemoryStream();
        Fails(() => new Func<long>(() => stream.Length)(), "stream", typeof(MemoryStream));
    }

    [Fact]
    public void A_variable_that_an_async_lambda_reads()
    {
        var stream = new MemoryStream();
        Fails(async () =>
        {
            await stream.FlushAsync();
            return 1;
        }, "stream", typeof(MemoryStream));
    }

    [Fact]
    public void A_variable_that_an_iterator_reads()
    {
        var stream = new MemoryStream();
        Fails((Func<IEnumerable<long>>)Lengths, "stream", typeof(MemoryStream));

        IEnumerable<long> Lengths()
        {
            yield return stream.Length;
        }
    }

    [Fact]
    public void A_variable_that_an_iterator_reads_which_was_called_before()
    {
        var stream = new MemoryStream();
        var lengths = Lengths();
        Fails(() => lengths.Sum(), "lengths.stream", typeof(MemoryStream));
        Assert.Equal("value.stream", Assert.Throws<SerializationException>(() => BraidSerializer.Serialize(lengths)).Path);

        IEnumerable<long> Lengths()
        {
            yield return stream.Length;
        }
    }

    [Fact]
    public void A_variable_is_not_blamed_that_only_a_sibling_reads()
    {
        var stream = new MemoryStream();
        var options = new List<Options> { new() { Stream = stream } };
        Func<long> sibling = () => stream.Length;
        Fails(() => options.Count, "options[0].Stream", typeof(MemoryStream));
        // By way of the sibling it is: the same closure, and another of its variables.
        Fails(() => sibling() + 1, "sibling.stream", typeof(MemoryStream));
    }

    [Fact]
    public void A_property_of_a_captured_object()
    {
        var options = new Options { Stream = new MemoryStream() };
        Fails(() => options.Stream.Length, "options.Stream", typeof(MemoryStream));
    }

    [Fact]
    public void An_element_of_a_captured_list()
    {
        var options = new List<Options> { new(), new() { Stream = new MemoryStream() } };
        Fails(() => options.Count, "options[1].Stream", typeof(MemoryStream));
    }

    [Fact]
    public void A_member_of_this()
    {
        var e = Fails(() => _gate.IsHeldByCurrentThread, "this._gate", typeof(Lock));
        Assert.Contains("copy the member to a local variable", e.Message);
        var x = 1;
        e = Fails(() => _gate.IsHeldByCurrentThread && x == 1, "this._gate", typeof(Lock));
        Assert.Contains("copy the member to a local variable", e.Message);
    }

    [Fact]
    public void A_property_of_this()
    {
        var holder = new Holder();
        Fails(holder.Lambda(), "this.Stream", typeof(MemoryStream));
    }

    [Fact]
    public void A_parameter_of_a_primary_constructor()
    {
        var e = Fails(new Primary(new MemoryStream()).Lambda(), "this.stream", typeof(MemoryStream));
        Assert.StartsWith("CaptureErrorTests.Primary.Lambda lambda (CaptureErrorTests.cs:", e.Message);
    }

    [Fact]
    public void The_object_of_a_method_group()
    {
        var e = Fails(new Primary(new MemoryStream()).Length, "this.stream", typeof(MemoryStream));
        Assert.StartsWith("CaptureErrorTests.Primary.Length (CaptureErrorTests.cs:", e.Message);
    }

    [Fact]
    public void The_comparer_of_a_captured_collection()
    {
        var sorted = new SortedSet<int>(Comparer<int>.Create((a, b) => b - a));
        Fails(() => sorted.Count, "sorted.Comparer");
        var byName = new Dictionary<string, SortedDictionary<int, int>> { ["a"] = new(sorted.Comparer) };
        Fails(() => byName.Count, "byName[a].Comparer");
        var map = ImmutableSortedDictionary.Create<int, int>(sorted.Comparer);
        Fails(() => map.Count, "map.KeyComparer");
        var set = new HashSet<int>(EqualityComparer<int>.Create((a, b) => a == b));
        Fails(() => set.Count, "set.Comparer");
    }

    [Fact]
    public void A_captured_delegate_whose_code_was_made_at_run_time()
    {
        var made = Expression.Lambda<Func<int>>(Expression.Constant(1)).Compile();
        var e = Fails(() => made() + 1, "made", typeof(Func<int>));
        Assert.StartsWith($"CaptureErrorTests.{Here()} lambda (CaptureErrorTests.cs:{Line() - 1}) captures `made`, a System.Func<System.Int32>, which cannot travel: its code was made at run time", e.Message);
        Func<int> twice = () => 2 * made();
        var all = new[] { () => 1, twice };
        Fails(() => all.Length, "all[1].made", typeof(Func<int>));
        Assert.Equal("value[0]", Assert.Throws<SerializationException>(() => BraidSerializer.Serialize(new[] { made })).Path);
        var scanned = Assert.Throws<CaptureException>(() => Lambda.Of(twice).Find<Options>(twice));
        Assert.Equal("made", scanned.Variable);
    }

    [Fact]
    public void What_the_way_to_is_not_known_is_not_said_to_be_this()
    {
        var emitted = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("emitted"), AssemblyBuilderAccess.Run).DefineDynamicModule("m").DefineType("T").CreateType();
        var list = (System.Collections.IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(emitted))!;
        var e = Assert.Throws<CaptureException>(() => Carry.There(() => list.Count));
        Assert.Null(e.Variable);
        Assert.Equal(emitted, e.VariableType);
        Assert.StartsWith($"CaptureErrorTests.{Here()} lambda (CaptureErrorTests.cs:{Line() - 3}) captures a T, which cannot travel: ", e.Message);
    }

    [Fact]
    public void A_variable_of_a_captured_delegate()
    {
        var inner = LengthOf(new MemoryStream());
        Fails(() => inner() + 1, "inner.stream", typeof(MemoryStream));
    }

    [Fact]
    public void A_task_a_lock_and_a_token_source()
    {
        var task = Task.FromResult(1);
        var gate = new Lock();
        using var source = new CancellationTokenSource();
        Fails(() => task.Result, "task");
        Fails(() => gate.IsHeldByCurrentThread, "gate", typeof(Lock));
        Fails(() => source.IsCancellationRequested, "source", typeof(CancellationTokenSource));
    }

    [Fact]
    public unsafe void A_pointer()
    {
        var x = 1;
        var p = &x;
        Func<int> f = () => *p;
        Fails(f, "p", typeof(int*));
        delegate*<int, int> next = &Next;
        Func<int> g = () => next(1);
        Assert.Contains("captures `next`, a System.Int32(System.Int32), which cannot travel", Fails(g, "next").Message);
        var node = new Node { Address = &x };
        Fails(() => *node.Address, "node", typeof(Node));

        static int Next(int x) => x + 1;
    }

    [Fact]
    public void The_scan_of_the_in_process_engine_finds_the_same()
    {
        var options = new Options { Stream = new MemoryStream() };
        Func<long> f = () => options.Stream.Length;
        var e = Assert.Throws<CaptureException>(() => Lambda.Of(f).Find<Options>(f));
        Assert.Equal("options.Stream", e.Variable);
        options.Stream = null!;
        Assert.Same(options, Assert.Single(Lambda.Of(f).Find<Options>(f)));
    }

    private static CaptureException Fails<T>(Func<T> lambda, string variable, Type? type = null)
    {
        var e = Assert.Throws<CaptureException>(() => Carry.There(lambda));
        Assert.Equal(variable, e.Variable);
        if (type is not null) Assert.Equal(type, e.VariableType);
        Assert.Contains($"captures `{variable}`", e.Message);
        return e;
    }

    private static Func<long> LengthOf(Stream stream) => () => stream.Length;

    private static int Line([CallerLineNumber] int line = 0) => line;

    private static string Here([CallerMemberName] string name = "") => name;

    private sealed class Options
    {
        public MemoryStream Stream { get; set; } = null!;
    }

    private sealed unsafe class Node
    {
        public int* Address;
    }

    private sealed class Holder
    {
        public MemoryStream Stream { get; } = new();

        public Func<long> Lambda() => () => Stream.Length;
    }

    private sealed class Primary(MemoryStream stream)
    {
        public Func<long> Lambda() => () => stream.Length;

        public long Length() => stream.Length;
    }
}
