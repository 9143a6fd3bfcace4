using System.Linq.Expressions;
using System.Numerics;

namespace Braid.Tests.Lambdas;

/// <summary>
/// In each test a sibling lambda of the same scope captures a stream, which cannot travel, so that the closure holds it: the lambda under test
/// travels all the same, because its code never reads it. One test shows that the sibling itself would not.
/// </summary>
public class SiblingCaptureTests
{
    private readonly Lock _own = new();

    [Fact]
    public void The_sibling_itself_does_not_travel()
    {
        var stream = new MemoryStream();
        var x = 41;
        Func<int> other = () => x;
        Func<long> sibling = () => stream.Length;
        var e = Assert.Throws<Braid.Lambdas.CaptureException>(() => Carry.There(sibling));
        Assert.Equal("stream", e.Variable);
        Assert.Equal(41, Carry.There(other)());
    }

    [Fact]
    public void A_plain_lambda()
    {
        var stream = new MemoryStream();
        var x = 41;
        Keep(() => stream.Length);
        Assert.Equal(42, Carry.There(() => x + 1)());
    }

    [Fact]
    public async Task An_async_lambda()
    {
        var stream = new MemoryStream();
        var x = 41;
        Keep(() => stream.Length);
        Func<CancellationToken, Task<int>> f = async token =>
        {
            await Task.Yield();
            token.ThrowIfCancellationRequested();
            return x + 1;
        };
        Assert.Equal(42, await Carry.There(f)(CancellationToken.None));
    }

    [Fact]
    public async Task An_async_lambda_that_returns_a_value_task()
    {
        var stream = new MemoryStream();
        var x = 41;
        Keep(() => stream.Length);
        Func<ValueTask<int>> f = async () =>
        {
            await Task.Yield();
            return x + 1;
        };
        Assert.Equal(42, await Carry.There(f)());
    }

    [Fact]
    public void An_iterator()
    {
        var stream = new MemoryStream();
        var x = 2;
        Keep(() => stream.Length);
        Func<IEnumerable<int>> f = Count;
        Assert.Equal([0, 1], Carry.There(f)());

        IEnumerable<int> Count()
        {
            for (var i = 0; i < x; i++) yield return i;
        }
    }

    [Fact]
    public async Task An_async_iterator()
    {
        var stream = new MemoryStream();
        var x = 2;
        Keep(() => stream.Length);
        Func<IAsyncEnumerable<int>> f = Count;
        Assert.Equal([0, 1], await Carry.There(f)().ToListAsync());

        async IAsyncEnumerable<int> Count()
        {
            for (var i = 0; i < x; i++)
            {
                await Task.Yield();
                yield return i;
            }
        }
    }

    [Fact]
    public void A_local_function()
    {
        var stream = new MemoryStream();
        var x = 41;
        Keep(() => stream.Length);
        Func<int> f = Next;
        Assert.Equal(42, Carry.There(f)());

        int Next() => x + 1;
    }

    [Fact]
    public void A_lambda_that_calls_local_functions_of_its_scope()
    {
        var stream = new MemoryStream();
        var x = 40;
        Keep(() => stream.Length);
        Keep(() => Sibling());
        Assert.Equal(42, Carry.There(() => Next() + 1)());

        int Next() => One() + x;
        int One() => 1;
        long Sibling() => stream.Length;
    }

    [Fact]
    public void A_lambda_with_a_local_function_of_its_own_whose_closure_is_a_struct()
    {
        var stream = new MemoryStream();
        var x = 40;
        Keep(() => stream.Length);
        Func<int, int> f = y =>
        {
            var z = y;
            return Sum();
            int Sum() => x + y + z;
        };
        Assert.Equal(42, Carry.There(f)(1));
    }

    [Fact]
    public void A_lambda_with_a_generic_local_function()
    {
        var stream = new MemoryStream();
        var x = 40;
        Keep(() => stream.Length);
        Func<string> f = () => Two("y");
        Assert.Equal("40 y String", Carry.There(f)());

        string Two<T>(T t)
        {
            Func<string> inner = () => $"{x} {t} {typeof(T).Name}";
            return inner();
        }
    }

    [Fact]
    public void Lambdas_in_lambdas()
    {
        var stream = new MemoryStream();
        int x = 30, y = 10, z = 1;
        Keep(() => stream.Length);
        Func<int> f = () =>
        {
            var local = z;
            Func<int> inner = () =>
            {
                Func<int> innermost = () => x + local;
                return innermost() + y;
            };
            return inner() + 1;
        };
        Assert.Equal(42, Carry.There(f)());
    }

    [Fact]
    public void A_lambda_in_a_lambda_that_captures_only_the_outer_scope()
    {
        var stream = new MemoryStream();
        var x = 41;
        Keep(() => stream.Length);
        Func<Func<int>> f = () => () => x + 1;
        Assert.Equal(42, Carry.There(f)()());
    }

    [Fact]
    public async Task An_async_lambda_in_a_lambda()
    {
        var stream = new MemoryStream();
        var x = 41;
        Keep(() => stream.Length);
        Func<Task<int>> f = () => Task.Run(async () =>
        {
            await Task.Yield();
            return x + 1;
        });
        Assert.Equal(42, await Carry.There(f)());
    }

    [Fact]
    public void Variables_of_several_scopes()
    {
        var stream = new MemoryStream();
        var outer = 20;
        Keep(() => stream.Length);
        for (var i = 0; i < 1; i++)
        {
            var middleStream = new MemoryStream();
            var middle = 20;
            Keep(() => middleStream.Length);
            foreach (var inner in new[] { 2 })
            {
                Keep(() => inner + middleStream.Length);
                Assert.Equal(42, Carry.There(() => outer + middle + inner)());
            }
        }
    }

    [Fact]
    public void A_generic_method()
    {
        Assert.Equal("a String", InGenericMethod("a", "b"));
        Assert.Equal("1 Int32", InGenericMethod(1, "b"));
    }

    [Fact]
    public async Task An_async_lambda_in_a_generic_method() => Assert.Equal("a String", await AsyncInGenericMethod("a"));

    [Fact]
    public void A_generic_class()
    {
        Assert.Equal("a String Int32", new Box<string>("a").Describe(1));
        Assert.Equal("1 Int32 Int32", new Box<int>(1).Describe(1));
    }

    [Fact]
    public void A_method_of_a_struct() => Assert.Equal(42, new Point(40).Next());

    [Fact]
    public void A_static_abstract_member() => Assert.Equal(42, Plus(41));

    [Fact]
    public void An_iterator_method_around_the_lambda() => Assert.Equal([42], Around(41));

    [Fact]
    public async Task An_async_method_around_the_lambda()
    {
        var stream = new MemoryStream();
        var x = 40;
        await Task.Yield();
        x++;
        Keep(() => stream.Length);
        Assert.Equal(42, Carry.There(() => x + 1)());
    }

    [Fact]
    public void A_variable_that_is_only_assigned()
    {
        var x = 41;
        Stream? stream = new MemoryStream();
        Keep(() => stream?.Length ?? 0);
        Func<int> f = () =>
        {
            stream = null;
            return x + 1;
        };
        Assert.Equal(42, Carry.There(f)());
    }

    [Fact]
    public void An_object_around_the_lambda_that_only_the_sibling_uses()
    {
        var x = 41;
        Keep(() => _own.IsHeldByCurrentThread ? 1 : 0);
        Keep(() => x + (_own.IsHeldByCurrentThread ? 1 : 0));
        Assert.Equal(42, Carry.There(() => x + 1)());
    }

    [Fact]
    public void An_expression_tree_in_the_lambda()
    {
        var stream = new MemoryStream();
        var x = 41;
        Keep(() => stream.Length);
        Func<int> f = () =>
        {
            Expression<Func<int>> tree = () => x + 1;
            return tree.Compile()();
        };
        Assert.Equal(42, Carry.There(f)());
    }

    [Fact]
    public void A_query()
    {
        var stream = new MemoryStream();
        var x = 20;
        Keep(() => stream.Length);
        Func<int> f = () => (from i in Enumerable.Range(0, 3) from j in Enumerable.Range(0, 2) where i + j == 1 select i + j + x).Sum();
        Assert.Equal(42, Carry.There(f)());
    }

    [Fact]
    public void A_variable_that_is_changed_through_its_address()
    {
        var stream = new MemoryStream();
        var x = 41;
        var point = (X: 1, Y: 2);
        Keep(() => stream.Length);
        Func<int> f = () =>
        {
            Interlocked.Increment(ref x);
            point.X = 3;
            return x + point.Y;
        };
        Assert.Equal(44, Carry.There(f)());
        Assert.Equal((41, (1, 2)), (x, point));
    }

    [Fact]
    public void A_delegate_that_the_closure_has_kept_for_reuse()
    {
        var stream = new MemoryStream();
        var x = 20;
        Func<int> f = () => Enumerable.Range(0, 2).Sum(i => i * 2 + x);
        Keep(() => stream.Length);
        Assert.Equal(42, f());
        Assert.Equal(42, Carry.There(f)());
    }

    private static string InGenericMethod<T, U>(T t, U other)
    {
        var stream = new MemoryStream();
        Keep(() => stream.Length + (other is null ? 1 : 0));
        Func<string> f = () =>
        {
            Func<string> inner = () => $"{t} {typeof(T).Name}";
            return inner();
        };
        return Carry.There(f)();
    }

    private static async Task<string> AsyncInGenericMethod<T>(T t)
    {
        var stream = new MemoryStream();
        Keep(() => stream.Length);
        Func<Task<string>> f = async () =>
        {
            await Task.Yield();
            return $"{t} {typeof(T).Name}";
        };
        return await Carry.There(f)();
    }

    private static int Plus<T>(T value) where T : INumber<T>
    {
        var stream = new MemoryStream();
        Keep(() => stream.Length);
        return Carry.There(() => int.CreateChecked(value + T.One))();
    }

    private static IEnumerable<int> Around(int x)
    {
        var stream = new MemoryStream();
        yield return Carry.There(() => x + 1)();
        Keep(() => stream.Length + x);
    }

    /// <summary>A delegate that the compiler may not drop.</summary>
    private static void Keep(Func<long> sibling) => GC.KeepAlive(sibling);

    private sealed class Box<T>(T value)
    {
        public string Describe<U>(U other)
        {
            var stream = new MemoryStream();
            var copy = value;
            Keep(() => stream.Length + (other is null ? 1 : 0));
            return Carry.There(() => $"{copy} {typeof(T).Name} {typeof(U).Name}")();
        }
    }

    private readonly struct Point(int x)
    {
        private readonly int _x = x;

        public int Next()
        {
            var copy = this;
            var stream = new MemoryStream();
            Keep(() => stream.Length);
            return Carry.There(() => copy._x + 2)();
        }
    }
}
