using System.Net.Sockets;
using Braid.Serialization;

namespace Braid.Tests.Serialization;

public class ExceptionsTests
{
    [Fact]
    public void Message_cause_data_code_and_stack_come_back()
    {
        var thrown = Thrown(() => throw new InvalidOperationException("outer", new FormatException("inner")) { HelpLink = "https://example.com", Data = { ["key"] = 5 } });
        var back = RoundTrip.Of(thrown);
        Assert.IsType<InvalidOperationException>(back);
        Assert.Equal("outer", back.Message);
        Assert.Equal("inner", Assert.IsType<FormatException>(back.InnerException).Message);
        Assert.Equal(5, back.Data["key"]);
        Assert.Equal("https://example.com", back.HelpLink);
        Assert.Equal(thrown.HResult, back.HResult);
        Assert.Contains(nameof(Message_cause_data_code_and_stack_come_back), back.StackTrace, StringComparison.Ordinal);
    }

    [Fact]
    public void Thrown_again_it_shows_both_stacks()
    {
        var back = RoundTrip.Of(Thrown(ThrowHere));
        var again = Assert.Throws<InvalidOperationException>((Action)(() => throw back));
        Assert.Contains(nameof(ThrowHere), again.StackTrace, StringComparison.Ordinal);
        Assert.Contains(nameof(Thrown_again_it_shows_both_stacks), again.StackTrace, StringComparison.Ordinal);
    }

    [Fact]
    public void Fields_of_derived_classes_are_kept_and_default_messages_stay_default()
    {
        var back = RoundTrip.Of(new OrderException("late", 7));
        Assert.Equal(7, back.Order);
        Assert.Equal("late", back.Message);
        Assert.Equal(new ArgumentNullException("name").Message, RoundTrip.Of(new ArgumentNullException("name")).Message);
        Assert.Equal(new OrderException().Message, RoundTrip.Of(new OrderException()).Message);
        Assert.Equal(SocketError.HostNotFound, RoundTrip.Of(new SocketException((int)SocketError.HostNotFound)).SocketErrorCode);
        Assert.Equal("f.txt", RoundTrip.Of(new FileNotFoundException("no", "f.txt")).FileName);
        Assert.Equal("disposed", RoundTrip.Of(new ObjectDisposedException("disposed")).ObjectName);
    }

    [Fact]
    public void Properties_that_a_class_overrides_are_its_own_matter_and_no_setter_runs()
    {
        var thrown = new OwnPropertiesException("m") { Source = "source", HelpLink = "link", Data = { ["key"] = 5 } };
        var back = RoundTrip.Of(thrown);
        Assert.Equal(("source", "link", 5), (back.Source, back.HelpLink, back.Data["key"]));
        Assert.Equal((2, 0), (thrown.SetterCalls, back.SetterCalls));
    }

    [Fact]
    public void An_aggregate_keeps_its_exceptions()
    {
        var back = RoundTrip.Of(new AggregateException("many", new FormatException("a"), new OrderException("b", 2)));
        Assert.Equal(["a", "b"], back.InnerExceptions.Select(e => e.Message));
        Assert.Same(back.InnerException, back.InnerExceptions[0]);
    }

    [Fact]
    public void Cancellation_and_task_exceptions_leave_the_task_behind()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        var back = RoundTrip.Of<Exception>(new TaskCanceledException("c", null, source.Token));
        Assert.IsType<TaskCanceledException>(back);
        Assert.Equal("c", back.Message);
    }

    [Fact]
    public void An_exception_that_holds_what_cannot_travel_says_so()
    {
        using var stream = new MemoryStream();
        var e = Assert.Throws<SerializationException>(() => BraidSerializer.Serialize(new HoldingException { Held = stream }));
        Assert.Equal("value.Held", e.Path);
    }

    private static void ThrowHere() => throw new InvalidOperationException("x");

    private static InvalidOperationException Thrown(Action action)
    {
        try
        {
            action();
        }
        catch (InvalidOperationException e)
        {
            return e;
        }

        throw new InvalidOperationException("It did not throw.");
    }

    private sealed class OrderException : Exception
    {
        public OrderException()
        {
        }

        public OrderException(string message, int order) : base(message) => Order = order;

        public int Order { get; }
    }

    private sealed class HoldingException : Exception
    {
        public object? Held { get; init; }
    }

    private sealed class OwnPropertiesException(string message) : Exception(message)
    {
        private string? _source;
        private string? _link;

        [field: NonSerialized]
        public int SetterCalls { get; private set; }

        public override System.Collections.IDictionary Data { get; } = new System.Collections.Specialized.ListDictionary();

        public override string? Source
        {
            get => _source;
            set => (_source, SetterCalls) = (value, SetterCalls + 1);
        }

        public override string? HelpLink
        {
            get => _link;
            set => (_link, SetterCalls) = (value, SetterCalls + 1);
        }
    }
}
