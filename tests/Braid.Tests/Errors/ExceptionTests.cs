using Braid.Serialization;
using Braid.Tests.Engines;

namespace Braid.Tests.Errors;

/// <summary>What tasks throw, and how it comes home.</summary>
public class ExceptionTests(BothEngines clusters) : IClassFixture<BothEngines>
{
    public static TheoryData<string> Engines => EngineNames.Both;

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task An_exception_comes_back_as_itself_with_the_stack_of_where_it_was_thrown(string engine)
    {
        var thrown = await Assert.ThrowsAsync<OwnException>(async () => await clusters[engine].Submit(() => Thrower(7)));
        Assert.Equal(("seven", 7), (thrown.Message, thrown.Number));
        Assert.IsType<FormatException>(thrown.InnerException);
        Assert.Contains(nameof(Thrower), thrown.StackTrace, StringComparison.Ordinal);
        Assert.Equal("here", thrown.Data["where"]);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task From_an_asynchronous_body_as_well(string engine)
    {
        var thrown = await Assert.ThrowsAsync<OwnException>(async () => await clusters[engine].Submit(async () =>
        {
            await Task.Yield();
            return Thrower(7);
        }));
        Assert.Contains(nameof(Thrower), thrown.StackTrace, StringComparison.Ordinal);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task However_often_it_is_awaited_and_by_however_many_its_stack_grows_no_longer(string engine)
    {
        var cluster = clusters[engine];
        var failed = cluster.Submit(() => Thrower(7));
        var first = await StackOfAsync(failed);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(first, await StackOfAsync(failed));
            Assert.Equal(first, await StackOfAsync(cluster.Submit(() => failed.Value)));
        }

        Assert.Contains(nameof(Thrower), first, StringComparison.Ordinal);
        Assert.Contains(nameof(StackOfAsync), first, StringComparison.Ordinal);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_constructor_that_throws_fails_the_task(string engine)
    {
        Assert.Equal("constructor", (await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await clusters[engine].Submit(() => new ThrowsInConstructor().Value))).Message);
        var typed = await Assert.ThrowsAsync<TypeInitializationException>(async () => await clusters[engine].Submit(() => ThrowsInTypeInitializer.Value));
        Assert.IsType<InvalidOperationException>(typed.InnerException);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task All_of_an_AggregateException_comes_back(string engine)
    {
        var thrown = await Assert.ThrowsAsync<AggregateException>(async () => await clusters[engine].Submit(() =>
        {
            throw new AggregateException("both", new FormatException("one"), new OwnException("two", 2));
        }));
        Assert.Equal(["one", "two"], thrown.InnerExceptions.Select(inner => inner.Message));
        Assert.Equal(2, ((OwnException)thrown.InnerExceptions[1]).Number);
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task One_that_cannot_travel_is_described()
    {
        var thrown = await Assert.ThrowsAsync<RemoteException>(
            async () => await clusters[EngineNames.Processes].Submit(() => ThrowHolding()));
        Assert.Equal(typeof(HoldsStream).FullName, thrown.TypeName);
        Assert.Contains("holds a stream", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("cannot travel", thrown.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(ThrowHolding), thrown.RemoteStackTrace, StringComparison.Ordinal);
        Assert.Contains(nameof(ThrowHolding), thrown.StackTrace, StringComparison.Ordinal);
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task One_whose_getters_throw_harms_nobody()
    {
        var thrown = await Assert.ThrowsAnyAsync<Exception>(
            async () => await clusters[EngineNames.Processes].Submit(() => throw new ThrowingGetters()));
        Assert.True(thrown is RemoteException { TypeName: var name } && name == typeof(ThrowingGetters).FullName || thrown is ThrowingGetters, thrown.GetType().ToString());
        Assert.Equal(1, await clusters[EngineNames.Processes].Submit(() => 1));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_message_of_a_hundred_megabytes_is_an_exception_like_others(string engine)
    {
        var thrown = await Assert.ThrowsAsync<InvalidDataException>(
            async () => await clusters[engine].Submit(() => throw new InvalidDataException(new string('x', 50_000_000))));
        Assert.Equal(50_000_000, thrown.Message.Length);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_result_that_cannot_travel_fails_the_task_and_says_what_it_is(string engine)
    {
        var thrown = await Assert.ThrowsAsync<BraidException>(
            async () => await clusters[engine].Submit(() => new List<object> { 1, new MemoryStream() }, new() { Name = "streams" }));
        Assert.Contains("'streams'", thrown.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(MemoryStream), thrown.Message, StringComparison.Ordinal);
        Assert.IsAssignableFrom<SerializationException>(thrown.InnerException);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_result_that_cannot_travel_is_refused_although_its_declared_type_could(string engine) =>
        await Assert.ThrowsAsync<BraidException>(async () => await clusters[engine].Submit<object>(() => new MemoryStream()));

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task An_item_of_a_stream_that_cannot_travel_ends_the_stream(string engine)
    {
        await Assert.ThrowsAnyAsync<BraidException>(async () =>
        {
            await foreach (var _ in clusters[engine].Stream(() => StreamsAsync()))
                Assert.Fail("It cannot have come.");
        });
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Values_that_cannot_travel_are_refused_at_once(string engine)
    {
        using var stream = new MemoryStream();
        var captured = Assert.Throws<Braid.Lambdas.CaptureException>(() => clusters[engine].Submit(() => stream.Length));
        Assert.Contains("stream", captured.Message, StringComparison.Ordinal);
        Assert.Throws<SerializationException>(() => clusters[engine].Put<object>(stream));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_task_that_throws_a_cancellation_nobody_asked_for_has_failed(string engine)
    {
        var task = clusters[engine].Submit(() => throw new OperationCanceledException("of its own accord"));
        var thrown = await Assert.ThrowsAsync<OperationCanceledException>(async () => await task);
        Assert.Equal(("of its own accord", ObjectStatus.Failed), (thrown.Message, task.Status));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_lambda_that_returns_no_task_has_failed(string engine)
    {
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await clusters[engine].Submit(Task<int> () => null!));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await clusters[engine].Submit(Task () => null!));
    }

    private static async Task<string> StackOfAsync(ObjectRef<int> reference) =>
        (await Assert.ThrowsAsync<OwnException>(async () => await reference)).StackTrace!;

    private static int Thrower(int number)
    {
        try
        {
            throw new FormatException("inner");
        }
        catch (FormatException inner)
        {
            throw new OwnException("seven", number, inner) { Data = { ["where"] = "here" } };
        }
    }

    private static int ThrowHolding() => throw new HoldsStream(new MemoryStream());

    private static async IAsyncEnumerable<Stream> StreamsAsync()
    {
        await Task.Yield();
        yield return new MemoryStream();
    }

    private sealed class OwnException(string message, int number, Exception? inner = null) : Exception(message, inner)
    {
        public int Number { get; } = number;
    }

    private sealed class HoldsStream(Stream stream) : Exception("holds a stream")
    {
        public Stream Stream { get; } = stream;
    }

    private sealed class ThrowingGetters : Exception
    {
        public override string Message => throw new InvalidOperationException("no message");

        public override string StackTrace => throw new InvalidOperationException("no stack");
    }

    private sealed class ThrowsInConstructor
    {
        public ThrowsInConstructor() => throw new InvalidOperationException("constructor");

        public int Value { get; }
    }

    private static class ThrowsInTypeInitializer
    {
        public static readonly int Value = Throw();

        private static int Throw() => throw new InvalidOperationException("type initializer");
    }
}
