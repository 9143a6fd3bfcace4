namespace Braid.Celery.Beat;

/// <summary>A tick of a periodic task: what is sent once.</summary>
internal readonly record struct BeatTick(PeriodicTask Task, DateTimeOffset Time);

/// <summary>Decides what is due. Pure: the clock and what was sent last come in.</summary>
internal static class BeatPlan
{
    /// <param name="tasks">All periodic tasks.</param>
    /// <param name="last">The last tick of each task that was sent, or when it was first seen.</param>
    /// <param name="now">The time.</param>
    /// <param name="deadline">How late a missed tick may still be sent.</param>
    /// <returns>What is due, earliest first, and when something is due next; null: never.</returns>
    internal static (List<BeatTick> Due, DateTimeOffset? Wake) Decide(IEnumerable<PeriodicTask> tasks, Func<string, DateTimeOffset?> last,
        DateTimeOffset now, TimeSpan? deadline)
    {
        var due = new List<BeatTick>();
        DateTimeOffset? wake = null;
        foreach (var task in tasks)
        {
            if (last(task.Name) is not { } since) continue;
            if (task.Schedule.Latest(since, now) is { } tick)
            {
                if (!(now - tick > deadline)) due.Add(new(task, tick));
                since = tick;
            }
            if (task.Schedule.Next(since) is { } next && !(wake <= next)) wake = next;
        }
        due.Sort((a, b) => a.Time.CompareTo(b.Time));
        return (due, wake);
    }
}
