using System.Text;
using Braid.Celery.Brokers;
using Braid.Celery.Wire;

namespace Braid.Celery.Tests.Tasks;

/// <summary>Calls that do not fit, and what Python 3.11 says of the same calls of functions with the same parameters.</summary>
public sealed class ArgumentTests
{
    private static readonly CeleryApp App = NewApp();

    private static CeleryApp NewApp()
    {
        var app = new CeleryApp("tests", "redis://localhost/0");
        app.Task("t.none", () => 0);
        app.Task("t.one", (int x) => 0);
        app.Task("t.two", (int x, int y) => 0);
        app.Task("t.three", (int a, int b, int c) => 0);
        app.TaskFrom<int>("t.default", (int x, int y = 1) => 0);
        app.TaskFrom<int>("t.star", (int x, params int[] args) => 0);
        app.TaskFrom<int>("t.kw", (int x, Dictionary<string, object?> kwargs) => 0);
        app.Task("t.bound", (TaskRequest self, int x, int y) => 0);
        app.TaskFrom<int>("t.bounddefault", (TaskRequest self, int x, int y = 1) => 0);
        return app;
    }

    private static object?[] Bind(string task, string args, string kwargs)
    {
        var request = new TaskRequest(App, new TaskHeaders { Task = task, Id = "id" }, default, new NoDelivery { Queue = "q" }, CancellationToken.None);
        return App.Find(task)!.Bind(Encoding.UTF8.GetBytes(args), Encoding.UTF8.GetBytes(kwargs), request, null, App.Json);
    }

    [Theory]
    [InlineData("t.two", "[1]", "{}", "two() missing 1 required positional argument: 'y'")]
    [InlineData("t.two", "[]", "{}", "two() missing 2 required positional arguments: 'x' and 'y'")]
    [InlineData("t.three", "[]", "{}", "three() missing 3 required positional arguments: 'a', 'b', and 'c'")]
    [InlineData("t.three", "[]", """{"b": 1}""", "three() missing 2 required positional arguments: 'a' and 'c'")]
    [InlineData("t.none", "[1]", "{}", "none() takes 0 positional arguments but 1 was given")]
    [InlineData("t.one", "[1, 2]", "{}", "one() takes 1 positional argument but 2 were given")]
    [InlineData("t.two", "[1, 2, 3]", "{}", "two() takes 2 positional arguments but 3 were given")]
    [InlineData("t.default", "[1, 2, 3]", "{}", "default() takes from 1 to 2 positional arguments but 3 were given")]
    [InlineData("t.two", "[1]", """{"x": 1}""", "two() got multiple values for argument 'x'")]
    [InlineData("t.two", "[1, 2]", """{"z": 1}""", "two() got an unexpected keyword argument 'z'")]
    [InlineData("t.two", "[]", """{"z": 1}""", "two() got an unexpected keyword argument 'z'")]
    [InlineData("t.two", "[1, 2, 3]", """{"z": 1}""", "two() got an unexpected keyword argument 'z'")]
    [InlineData("t.two", "[1, 2, 3]", """{"x": 1}""", "two() got multiple values for argument 'x'")]
    [InlineData("t.star", "[]", "{}", "star() missing 1 required positional argument: 'x'")]
    [InlineData("t.kw", "[]", """{"y": 1}""", "kw() missing 1 required positional argument: 'x'")]
    [InlineData("t.bound", "[1, 2, 3]", "{}", "bound() takes 3 positional arguments but 4 were given")]
    [InlineData("t.bounddefault", "[1, 2, 3]", "{}", "bounddefault() takes from 2 to 3 positional arguments but 4 were given")]
    [InlineData("t.bound", "[1]", "{}", "bound() missing 1 required positional argument: 'y'")]
    // No value fits an int, but the call itself does not fit either, and Python never looks at values.
    [InlineData("t.two", """["a"]""", "{}", "two() missing 1 required positional argument: 'y'")]
    [InlineData("t.two", """["a", 1, 2]""", "{}", "two() takes 2 positional arguments but 3 were given")]
    [InlineData("t.two", """[1, "b"]""", "{}", "two() argument 'y' must be Int32, not 'b'")]
    [InlineData("t.star", """[1, 2, "c"]""", "{}", "star() argument 'args' must be Int32, not 'c'")]
    public void A_call_that_does_not_fit_fails_with_Pythons_text(string task, string args, string kwargs, string text) =>
        Assert.Equal(text, Assert.Throws<TaskArgumentException>(() => Bind(task, args, kwargs)).Message);

    [Fact]
    public void A_call_that_fits_is_bound_with_defaults_and_rests()
    {
        Assert.Equal([1, 1], Bind("t.default", "[1]", "{}"));
        Assert.Equal([1, 5], Bind("t.default", "[]", """{"y": 5, "x": 1}"""));
        Assert.Equal([2, 3], Assert.IsType<int[]>(Bind("t.star", "[1, 2, 3]", "{}")[1]));
        Assert.Equal(7L, Assert.IsType<Dictionary<string, object?>>(Bind("t.kw", "[1]", """{"y": 7}""")[1])["y"]);
    }

    private sealed class NoDelivery : Delivery
    {
        internal override void Ack() { }
        internal override void Requeue() { }
        internal override Task DeadLetterAsync(string reason, CancellationToken cancellationToken) => Task.CompletedTask;
        internal override Task ParkAsync(DateTimeOffset until, CancellationToken cancellationToken) => Task.CompletedTask;
        internal override void Release() { }
    }
}
