using Braid.Tests.Engines;

namespace Braid.Tests.Tasks;

/// <summary>What can be submitted, and how its value is had.</summary>
public class SubmitTests(BothEngines clusters) : IClassFixture<BothEngines>
{
    public static TheoryData<string> Engines => EngineNames.Both;

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_lambda_of_every_shape_is_a_task(string engine)
    {
        var cluster = clusters[engine];
        var four = 4;
        Assert.Equal(4, await cluster.Submit(() => four));
        Assert.Equal(4, await cluster.Submit(token => token.CanBeCanceled ? four : 0));
        Assert.Equal(4, await cluster.Submit(() => Task.FromResult(four)));
        Assert.Equal(4, await cluster.Submit(async () =>
        {
            await Task.Yield();
            return four;
        }));
        Assert.Equal(4, await cluster.Submit(async token =>
        {
            await Task.Delay(1, token);
            return four;
        }));
        Assert.Equal(4, await cluster.Submit(() => new ValueTask<int>(four)));
        Assert.Equal(4, await cluster.Submit((CancellationToken token) => new ValueTask<int>(token.CanBeCanceled ? four : 0)));
        Assert.Equal(4, await cluster.Submit(Twice));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_lambda_that_is_converted_to_a_more_general_one_gives_the_more_general_result(string engine)
    {
        var cluster = clusters[engine];
        var text = "a";
        Func<string> ofText = () => text;
        Func<object> ofObject = ofText;
        Assert.Equal("a", await cluster.Submit(ofObject));
        Func<List<int>> ofList = static () => [1, 2];
        Func<IEnumerable<int>> ofItems = ofList;
        Assert.Equal([1, 2], await cluster.Submit(ofItems));
        Func<object> bound = text.ToUpperInvariant;
        Assert.Equal("A", await cluster.Submit(bound));
        Func<object> several = (Func<string>)Delegate.Combine(ofText, (Func<string>)text.ToUpperInvariant)!;
        Assert.Equal("A", await cluster.Submit(several));
        Func<CancellationToken, string> ofToken = _ => text;
        Func<CancellationToken, object> ofTokenObject = ofToken;
        Assert.Equal("a", await cluster.Submit(ofTokenObject));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task What_a_lambda_gives_beside_the_task_that_it_was_converted_to_is_not_sent(string engine)
    {
        var cluster = clusters[engine];
        using var signals = new Signals();
        var mark = signals["ran"];
        Func<Task<MemoryStream>> ofStream = async () =>
        {
            await Task.Yield();
            Signals.Mark(mark);
            return new MemoryStream();
        };
        Func<Task> plain = ofStream;
        await cluster.Submit(plain);
        Assert.Equal(1, Signals.Marks(mark));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_task_of_a_task_submits_converted_lambdas_too(string engine) =>
        Assert.Equal("a", await clusters[engine].Submit(async () =>
        {
            Func<string> ofText = () => "a";
            Func<object> ofObject = ofText;
            return (string)await Cluster.Current.Submit(ofObject);
        }));

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_lambda_that_returns_nothing_is_a_task(string engine)
    {
        var cluster = clusters[engine];
        using var signals = new Signals();
        var mark = signals["ran"];
        await cluster.Submit(() => Signals.Mark(mark));
        await cluster.Submit(token => Signals.Mark(mark));
        await cluster.Submit(async () =>
        {
            await Task.Yield();
            Signals.Mark(mark);
        });
        await cluster.Submit(async token =>
        {
            await Task.Delay(1, token);
            Signals.Mark(mark);
        });
        await cluster.Submit(() => MarkAsync(mark));
        await cluster.Submit((CancellationToken _) => MarkAsync(mark));
        Assert.Equal(6, Signals.Marks(mark));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_value_that_was_put_is_there_for_every_task(string engine)
    {
        var cluster = clusters[engine];
        var words = cluster.Put(new List<string> { "a", "b" });
        Assert.Equal(["a", "b"], await words);
        int[] counts = [2, 2];
        Assert.Equal(counts, await Cluster.WhenAll(Enumerable.Range(0, 2).Select(_ => cluster.Submit(() => words.Value.Count))));
        Assert.Equal(ObjectStatus.Ready, words.Status);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Awaiting_twice_gives_the_same_instance(string engine)
    {
        var list = clusters[engine].Submit(() => new List<int> { 1, 2 });
        Assert.Same(await list, await list);
        Assert.Same(await list, list.Value);
        Assert.True(list.TryGetValue(out var value));
        Assert.Same(await list, value);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_wait_with_a_limit_ends_and_leaves_the_task_alone(string engine)
    {
        using var signals = new Signals();
        var go = signals["go"];
        var slow = clusters[engine].Submit(() =>
        {
            Signals.Await(go);
            return 1;
        });
        using var cancelled = new CancellationTokenSource();
        await Assert.ThrowsAsync<TimeoutException>(() => slow.GetAsync(TimeSpan.FromMilliseconds(1)));
        await Assert.ThrowsAsync<TimeoutException>(() => slow.WaitAsync(TimeSpan.FromMilliseconds(1)));
        Assert.False(slow.TryGetValue(out _));
        var waiting = slow.GetAsync(cancelled.Token);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => slow.WaitAsync(Until.Deadline, cancelled.Token));
        var tooEarly = Assert.Throws<InvalidOperationException>(() => slow.Value);
        Assert.Contains("not ready", tooEarly.Message, StringComparison.Ordinal);
        Signals.Set(go);
        Assert.Equal(1, await slow.GetAsync(Until.Deadline));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Wrong_options_are_refused_where_they_are_written(string engine)
    {
        var cluster = clusters[engine];
        var body = () => 1;
        Assert.Throws<ArgumentOutOfRangeException>(() => cluster.Submit(body, new() { Retries = -1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => cluster.Submit(body, new() { Timeout = TimeSpan.Zero }));
        Assert.Throws<ArgumentOutOfRangeException>(() => cluster.Submit(body, new() { Name = new string('n', 1025) }));
        Assert.Throws<ArgumentOutOfRangeException>(() => cluster.Submit(body, new() { Resources = new Dictionary<string, double> { ["gpu"] = -1 } }));
        Assert.Throws<ArgumentOutOfRangeException>(() => cluster.Submit(body, new() { Resources = new Dictionary<string, double> { ["gpu"] = double.NaN } }));
        // The same inside a task, where it must do no harm but to that task.
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await cluster.Submit(async () =>
            await Cluster.Current.Submit(() => 1, new() { Resources = new Dictionary<string, double> { ["gpu"] = -1 } })));
        Assert.Equal(1, await cluster.Submit(body));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_task_knows_itself(string engine)
    {
        var named = clusters[engine].Submit(() => (TaskContext.Current!.TaskId, TaskContext.Current.Attempt, TaskContext.Current.Name, TaskContext.Current.WorkerId), new() { Name = "me" });
        var (id, attempt, name, worker) = await named;
        Assert.Equal((named.Id, 1, "me"), (id, attempt, name));
        Assert.InRange(worker, 1, 2);
        Assert.Contains(nameof(A_task_knows_itself), await clusters[engine].Submit(() => TaskContext.Current!.Name), StringComparison.Ordinal);
        Assert.Null(TaskContext.Current);
        Assert.Throws<InvalidOperationException>(() => Cluster.Current);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Progress_reaches_the_submitter_in_order_up_to_the_last(string engine)
    {
        var seen = new Reports();
        await clusters[engine].Submit(
            () =>
            {
                for (var i = 1; i <= 100; i++)
                    TaskContext.Current!.ReportProgress(i / 100.0);
            },
            new() { Progress = seen });
        await Until.TrueAsync(() => seen.Last == 1);
        Assert.True(seen.Ascending);
    }

    private static int Twice() => 4;

    private static async ValueTask MarkAsync(string mark)
    {
        await Task.Yield();
        Signals.Mark(mark);
    }

    private sealed class Reports : IProgress<double>
    {
        public volatile bool Ascending = true;

        private double _last;

        public double Last => Volatile.Read(ref _last);

        public void Report(double value)
        {
            Ascending &= value > _last;
            Volatile.Write(ref _last, value);
        }
    }

    [Theory, MemberData(nameof(Engines))]
    public void What_is_no_value_is_refused_with_the_way_to_do_it(string engine)
    {
        var cluster = clusters[engine];
        Assert.Contains("Cluster.Stream", Assert.Throws<ArgumentException>(() => cluster.Submit(() => OneAsync())).Message, StringComparison.Ordinal);
        Assert.Contains("asynchronous", Assert.Throws<ArgumentException>(() => Generic(() => Task.FromResult(1))).Message, StringComparison.Ordinal);
        Assert.Contains("asynchronous", Assert.Throws<ArgumentException>(() => Generic(() => ValueTask.CompletedTask)).Message, StringComparison.Ordinal);

        ObjectRef<T> Generic<T>(Func<T> body) => cluster.Submit(body);
    }

    private static async IAsyncEnumerable<int> OneAsync()
    {
        await Task.Yield();
        yield return 1;
    }
}
