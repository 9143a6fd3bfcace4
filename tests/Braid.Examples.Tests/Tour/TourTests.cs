using System.Text.RegularExpressions;

namespace Braid.Tests.Tour;

public class TourTests
{
    [Fact]
    public async Task Without_a_name_it_lists_its_stops()
    {
        var output = await Example.OutputOfAsync("Tour");
        foreach (var name in (string[])["pool", "futures", "tasks", "matrices", "nested", "stream", "actors", "bank", "parameters", "philosophers", "transfer", "channels", "errors"])
            Assert.Contains($"-- {name} ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_name_is_answered_with_those_that_there_are()
    {
        var run = await Example.RunAsync("Tour", "nowhere");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("There is no 'nowhere'. There are: pool, futures,", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pool() => Assert.Equal("0 1 4 9 16 25 36 49 64 81\n", await Example.OutputOfAsync("Tour", "pool"));

    [Fact]
    public async Task Tasks() => Assert.Equal("1\n4\n9\n16\nsum 30, in other processes\n", await Example.OutputOfAsync("Tour", "tasks"));

    [Fact]
    public async Task Nested() =>
        Assert.Equal("fibonacci(12) = 144, by 465 tasks on one worker with one slot\n", await Example.OutputOfAsync("Tour", "nested"));

    [Fact]
    public async Task Stream() => Assert.Equal("2 3 5 7 11 13 17 19 23 29 31 37 41 43 47 \n", await Example.OutputOfAsync("Tour", "stream"));

    [Fact]
    public async Task Matrices() =>
        Assert.StartsWith("1000×1000: first 3499, last 3500, trace 3499998\n", await Example.OutputOfAsync("Tour", "matrices"), StringComparison.Ordinal);

    [Fact]
    public async Task Futures()
    {
        var output = await Example.OutputOfAsync("Tour", "futures");
        var sleeps = Regex.Matches(output, @"^slept ([\d.]+) s$", RegexOptions.Multiline).Select(match => match.Groups[1].Value).ToArray();
        Assert.Equal(16, sleeps.Length);
        Assert.Equal("1.5", sleeps[^1]);   // it slept at the same time as all others
        Assert.Contains("9.9 s of sleep in ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Actors() => Assert.Equal("1\n2\nten tasks later: 12\n", await Example.OutputOfAsync("Tour", "actors"));

    [Fact]
    public async Task Bank() => Assert.Equal(
        "deposit 50: 150\nwithdraw 500: there are only 150\nits worker was killed\nwithdraw 30: 120\n", await Example.OutputOfAsync("Tour", "bank"));

    [Fact]
    public async Task Parameters() =>
        Assert.Matches(@"^y = (1\.9\d|2\.0\d) x \+ (0\.9\d|1\.0\d), after 600 pushes of two workers\n$", await Example.OutputOfAsync("Tour", "parameters"));

    [Fact]
    public async Task Philosophers() => Assert.Equal(
        "a circle of 5: philosopher 4, philosopher 0, philosopher 1, philosopher 2, philosopher 3\nthe lower fork first: all have dined\n",
        await Example.OutputOfAsync("Tour", "philosophers"));

    [Fact]
    public async Task Transfer() =>
        Assert.Equal("900 + 1100 after 100 transfers in both directions\n", await Example.OutputOfAsync("Tour", "transfer"));

    [Fact]
    public async Task Channels() => Assert.Equal("even 2450, odd 2500\n", await Example.OutputOfAsync("Tour", "channels"));

    [Fact]
    public async Task Errors()
    {
        var output = await Example.OutputOfAsync("Tour", "errors");
        Assert.Contains("a task throws: DivideByZeroException\n", output, StringComparison.Ordinal);
        Assert.Contains("a capture cannot travel: CaptureException\n", output, StringComparison.Ordinal);
        Assert.Contains("captures `file`, a System.IO.FileStream", output, StringComparison.Ordinal);
        Assert.Contains("a worker dies: WorkerLostException\n", output, StringComparison.Ordinal);
        Assert.Contains("a task takes too long: TimeoutException\n", output, StringComparison.Ordinal);
        Assert.Contains("retried: attempt 3 works\n", output, StringComparison.Ordinal);
    }
}
