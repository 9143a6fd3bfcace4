using Braid.Scheduling;

namespace Braid.Simulation;

/// <summary>What a seed's world is like. Every feature is absent in some worlds, so that a failure's world is often a small one.</summary>
internal sealed record Profile
{
    public required SchedulerOptions Options { get; init; }
    public required Shape[] Workers { get; init; }
    public required int Tasks { get; init; }
    public required int FinishedKept { get; init; }
    public required long SpanMicroseconds { get; init; }
    public required int DelayMicroseconds { get; init; }
    public required int Crashes { get; init; }
    public required int Partitions { get; init; }
    public required int Drains { get; init; }

    /// <summary>Workers that come in addition, and may go again without a successor.</summary>
    public required int Scalings { get; init; }

    /// <summary>Workers that run short of memory, or have room again.</summary>
    public required int Pressures { get; init; }

    /// <summary>Values that are lost while their workers live.</summary>
    public required int Losses { get; init; }

    public required int Cancels { get; init; }
    public required bool Nested { get; init; }
    public required int Actors { get; init; }
    public required int Calls { get; init; }
    public required int ActorStops { get; init; }
    public required int ActorKills { get; init; }

    /// <summary>How many calls of one actor may be pending.</summary>
    public required int MailboxCapacity { get; init; }

    /// <summary>Locks that tasks and calls take, and anybody may wait for anybody: deadlocks arise, and are looked for. 0 for a world without.</summary>
    public required int Locks { get; init; }

    public bool Deadlocks => Locks > 0;

    /// <summary>Some tasks hand on items while they run.</summary>
    public required bool Streams { get; init; }

    public required bool Needs { get; init; }
    public required bool Priorities { get; init; }
    public required bool Errors { get; init; }
    public required bool Killers { get; init; }
    public required bool Held { get; init; }
    public required bool Duplicates { get; init; }

    /// <summary>Workers are replaced after some attempts.</summary>
    public required bool Recycled { get; init; }

    /// <summary>Workers are lost by killers alone, and nothing blocks: then nobody but a killer may ever be given up.</summary>
    public required bool OnlyKillers { get; init; }

    public static Profile Of(Random random)
    {
        var onlyKillers = random.Next(8) == 0;
        var locks = onlyKillers || random.Next(8) != 0 ? 0 : random.Next(1, 4);
        // A deadlock over resources is not one that is looked for.
        var needs = !onlyKillers && random.Next(2) == 0 && locks == 0;
        var workers = new Shape[random.Next(1, 5)];
        for (var i = 0; i < workers.Length; i++)
        {
            var resources = needs ? new[] { new ResourceAmount("gpu", (i == 0 ? 2 : random.Next(3)) * ResourceNeed.Unit) } : [];
            workers[i] = new Shape(i == 0 && needs ? 3 : random.Next(1, 4), resources, random.Next(4) == 0 ? random.Next(2, 20) : 1, random.Next(8) != 0);
        }
        var actors = onlyKillers || random.Next(2) == 0 ? 0 : random.Next(1, 4);
        var troubled = !onlyKillers && random.Next(4) != 0;
        return new Profile
        {
            Options = new SchedulerOptions
            {
                AheadAtFirst = random.Next(1, 5),
                AheadMaximum = random.Next(1, 17),
                OvertakesMaximum = random.Next(1, 9),
                ReclaimMaximum = random.Next(1, 9),
                PipelinedDependenciesMaximum = random.Next(1, 6),
                CallsAheadMaximum = random.Next(1, 9),
            },
            Workers = workers,
            Tasks = random.Next(3) == 0 ? random.Next(1, 6) : random.Next(1, 40),
            FinishedKept = random.Next(5) * random.Next(3),
            SpanMicroseconds = random.Next(3) == 0 ? 1 : random.Next(1, 20_000),
            DelayMicroseconds = random.Next(3) == 0 ? 1 : random.Next(1, 2_000),
            Crashes = troubled && random.Next(2) == 0 ? random.Next(1, 6) : 0,
            Partitions = troubled && random.Next(3) == 0 ? random.Next(1, 4) : 0,
            Drains = troubled && random.Next(3) == 0 ? random.Next(1, 3) : 0,
            Cancels = troubled && random.Next(2) == 0 ? random.Next(1, 8) : 0,
            Nested = !onlyKillers && (random.Next(2) == 0 || locks > 0),
            Locks = locks,
            Actors = actors,
            Calls = actors == 0 ? 0 : random.Next(1, 40),
            ActorStops = actors > 0 && random.Next(3) == 0 ? random.Next(1, 3) : 0,
            ActorKills = actors > 0 && troubled && random.Next(3) == 0 ? random.Next(1, 3) : 0,
            Needs = needs,
            Priorities = random.Next(2) == 0,
            Errors = random.Next(2) == 0,
            Killers = onlyKillers || (troubled && random.Next(3) == 0),
            // An attempt that makes a lost value again may wait for others than the one before: for those that were made from it.
            Held = troubled && random.Next(2) == 0 && locks == 0,
            Duplicates = random.Next(2) == 0,
            Recycled = random.Next(6) == 0,
            OnlyKillers = onlyKillers,
            Scalings = random.Next(4) == 0 ? random.Next(1, 5) : 0,
            Pressures = random.Next(4) == 0 ? random.Next(1, 9) : 0,
            Losses = troubled && random.Next(3) == 0 ? random.Next(1, 6) : 0,
            MailboxCapacity = random.Next(3) == 0 ? random.Next(1, 5) : 1_000,
            Streams = !onlyKillers && random.Next(3) == 0,
        };
    }
}
