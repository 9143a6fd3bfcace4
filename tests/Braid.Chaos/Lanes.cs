namespace Braid.Chaos;

/// <summary>Kinds of work side by side, each over and over: every result is checked as it comes, and a wrong one ends the run.</summary>
internal sealed class Lanes(Cluster cluster, CancellationToken over)
{
    /// <summary>Nobody is to be given up for being near a kill.</summary>
    private static readonly TaskOptions Stubborn = new() { Retries = 1000 };

    private long _tasks;
    private long _items;
    private long _cutStreams;
    private long _turns;
    private long _abandoned;
    private long _calls;
    private long _cutCalls;

    public string Describe() =>
        $"{_tasks:N0} tasks, {_items:N0} items of streams ({_cutStreams:N0} cut off in the middle), {_turns:N0} turns at a lock ({_abandoned:N0} abandoned), "
        + $"{_calls:N0} calls of actors ({_cutCalls:N0} that may have run failed with their worker)";

    public Task Start() => Task.WhenAll(
        RepeatAsync(SmallAsync), RepeatAsync(GraphAsync), RepeatAsync(NestedAsync), RepeatAsync(LargeAsync), RepeatAsync(StreamAsync), LocksAsync(), ActorsAsync());

    private Task RepeatAsync(Func<int, Task> round) => Task.Run(async () =>
    {
        for (var i = 0; !over.IsCancellationRequested; i++)
            await round(i);
    });

    private async Task SmallAsync(int round)
    {
        var squares = Enumerable.Range(round, 200).Select(i => cluster.Submit(() => (long)i * i, Stubborn)).ToArray();
        for (var i = 0; i < squares.Length; i++)
            Expect((long)(round + i) * (round + i), await squares[i], "a square");
        Count(squares.Length);
    }

    /// <summary>A tree of sums.</summary>
    private async Task GraphAsync(int round)
    {
        var level = Enumerable.Range(0, 64).Select(i => cluster.Submit(() => (long)(i + round), Stubborn)).ToList();
        var count = level.Count;
        while (level.Count > 1)
        {
            level = [.. level.Chunk(2).Select(pair =>
            {
                var (left, right) = (pair[0], pair[1]);
                return cluster.Submit(() => left.Value + right.Value, Stubborn);
            })];
            count += level.Count;
        }

        Expect(64L * round + 63 * 64 / 2, await level[0], "the sum of a tree");
        Count(count);
    }

    private async Task NestedAsync(int round)
    {
        var outer = cluster.Submit(
            async () =>
            {
                var inner = Enumerable.Range(0, 8).Select(i => Cluster.Current.Submit(() => i + round, Stubborn)).ToArray();
                var sum = 0;
                foreach (var one in inner)
                    sum += await one;
                return sum;
            },
            Stubborn);
        Expect(8 * round + 28, await outer, "the sum of a task's children");
        Count(9);
    }

    /// <summary>Values in shared memory, made by one worker and read by others.</summary>
    private async Task LargeAsync(int round)
    {
        var data = cluster.Put(Filled(round));
        var made = cluster.Submit(() => Filled(data.Value[0] + 1), Stubborn);
        var sums = Enumerable.Range(0, 4).Select(i => cluster.Submit(() => made.Value.Sum() + i, Stubborn)).ToArray();
        for (var i = 0; i < sums.Length; i++)
            Expect((round + 1) * 50_000L + i, await sums[i], "the sum of a large value");
        Expect(round + 1, (await made)[49_999], "the last of a large value");
        Count(5);
    }

    /// <summary>In order and without a gap, up to the end or to the loss of its worker.</summary>
    private async Task StreamAsync(int round)
    {
        var expected = 0;
        try
        {
            await foreach (var item in cluster.Stream(() => CountAsync(300), Stubborn))
                Expect(expected++, item, "an item of a stream");
            Expect(300, expected, "the length of a stream");
        }
        catch (WorkerLostException) when (expected > 0)
        {
            Interlocked.Increment(ref _cutStreams);
        }

        Interlocked.Add(ref _items, expected);
    }

    /// <summary>Whoever has the lock finds nobody else in the room; what a dead holder left there is announced.</summary>
    private Task LocksAsync() => Task.Run(async () =>
    {
        var turn = cluster.CreateLock();
        var room = Directory.CreateTempSubdirectory("braid-chaos-room-").FullName;
        try
        {
            while (!over.IsCancellationRequested)
            {
                var turns = Enumerable.Range(0, 6).Select(_ => cluster.Submit(() => TakeTurnAsync(turn, room), Stubborn)).ToArray();
                foreach (var one in turns)
                {
                    if (await one)
                        Interlocked.Increment(ref _abandoned);
                    Interlocked.Increment(ref _turns);
                }
            }
        }
        finally
        {
            Directory.Delete(room, recursive: true);
        }
    });

    private static async Task<bool> TakeTurnAsync(DistributedLock turn, string room)
    {
        await using var hold = await turn.AcquireAsync();
        var chair = Path.Combine(room, "chair");
        if (hold.WasAbandoned)
            File.Delete(chair);
        // CreateNew: fails where somebody sits already.
        using (new FileStream(chair, FileMode.CreateNew))
            await Task.Yield();
        File.Delete(chair);
        return hold.WasAbandoned;
    }

    /// <summary>Two actors that are made again whenever their worker dies: in one life each counts without a gap, but for calls that failed.</summary>
    private Task ActorsAsync() => Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
    {
        while (!over.IsCancellationRequested)
        {
            var actor = cluster.StartActor(() => new Counter(), new ActorOptions { MaxRestarts = 1000 });
            var (life, count, failed) = (Guid.Empty, 0, 0);
            for (var i = 0; i < 2_000 && !over.IsCancellationRequested; i++)
            {
                try
                {
                    var (itsLife, itsCount) = await actor.Call(counter => counter.Increment());
                    (count, failed) = itsLife == life ? (count, failed) : (0, failed);
                    Expect(true, itsCount > count && itsCount <= count + 1 + failed, $"that {itsCount} follows {count} with {failed} failed calls between");
                    (life, count, failed) = (itsLife, itsCount, 0);
                    Interlocked.Increment(ref _calls);
                }
                catch (ActorRestartedException)
                {
                    failed++;
                    Interlocked.Increment(ref _cutCalls);
                }
            }

            await actor.StopAsync(CancellationToken.None);
        }
    })));

    private sealed class Counter
    {
        private readonly Guid _life = Guid.NewGuid();
        private int _count;

        public (Guid Life, int Count) Increment() => (_life, ++_count);
    }

    private static long[] Filled(long with)
    {
        var values = new long[50_000];
        Array.Fill(values, with);
        return values;
    }

    private static async IAsyncEnumerable<int> CountAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await Task.Yield();
            yield return i;
        }
    }

    private static void Expect<T>(T expected, T actual, string what)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
            throw new InvalidOperationException($"{what} is {actual} and should be {expected}.");
    }

    private void Count(int tasks) => Interlocked.Add(ref _tasks, tasks);
}
