using Braid.Tests.Serialization;

namespace Braid.Tests.Lambdas;

/// <summary>Iterators that were called before the lambda that captures them: of their scope travels what they read, and no variable of a sibling.</summary>
public class CalledIteratorTests
{
    [Fact]
    public void An_iterator_that_was_called_before()
    {
        var stream = new MemoryStream();
        var x = 2;
        Keep(() => stream.Length);
        var counted = Count();
        Assert.Equal([0, 1], Carry.There(() => counted)());
        Assert.Equal([0, 1], RoundTrip.Of(counted));
        var begun = counted.GetEnumerator();
        Assert.True(begun.MoveNext());
        Assert.Equal(1, Carry.There(() => begun.MoveNext() ? begun.Current : -1)());

        IEnumerable<int> Count()
        {
            for (var i = 0; i < x; i++) yield return i;
        }
    }

    [Fact]
    public void An_iterator_that_was_called_before_and_reads_several_scopes_through_lambdas_and_local_functions()
    {
        var stream = new MemoryStream();
        var x = 2;
        Keep(() => stream.Length);
        foreach (var y in new[] { 10 })
        {
            var inner = new MemoryStream();
            var z = 5;
            Keep(() => inner.Length + y + z);
            var counted = Count("a");
            Assert.Equal(["a10", "a11"], Carry.There(() => counted)());

            IEnumerable<string> Count<T>(T t)
            {
                var own = new MemoryStream();
                Keep(() => own.Length);
                foreach (var i in Enumerable.Range(0, x).Select(i => i + y)) yield return Text(i);
                string Text(int i) => $"{t}{i}";
            }
        }
    }

    [Fact]
    public void An_iterator_that_was_called_before_shares_its_variables_with_a_lambda()
    {
        var stream = new MemoryStream();
        int x = 2, y = 5;
        Keep(() => stream.Length);
        var counted = Count();
        Action more = () => x += y;
        foreach (var iteratorFirst in new[] { true, false })
        {
            var both = iteratorFirst ? new object[] { counted, more } : [more, counted];
            var there = Carry.There(() => both)();
            ((Action)Array.Find(there, static o => o is Action)!)();
            Assert.Equal(7, ((IEnumerable<int>)Array.Find(there, static o => o is not Action)!).Count());
        }

        IEnumerable<int> Count()
        {
            for (var i = 0; i < x; i++) yield return i;
        }
    }

    /// <summary>A delegate that the compiler may not drop.</summary>
    private static void Keep(Func<long> sibling) => GC.KeepAlive(sibling);
}
