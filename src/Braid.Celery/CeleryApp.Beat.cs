using System.Collections.Concurrent;
using Braid.Celery.Backends.Postgres;
using Braid.Celery.Beat;
using Braid.Celery.Redis;

namespace Braid.Celery;

public sealed partial class CeleryApp
{
    internal ConcurrentDictionary<string, PeriodicTask> PeriodicTasks { get; } = new(StringComparer.Ordinal);

    /// <summary>Adds a task that a beat sends at each tick of a schedule: an entry of <c>beat_schedule</c>.</summary>
    /// <param name="name">Names the entry; what was sent last is remembered under it.</param>
    /// <param name="schedule">When, as <see cref="Schedule.Every"/> or <see cref="Schedule.Crontab"/>.</param>
    /// <param name="signature">What: a task with its arguments and options, or a canvas.</param>
    /// <exception cref="ArgumentException">There is an entry of that name.</exception>
    public PeriodicTask AddPeriodicTask(string name, Schedule schedule, Signature signature)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentNullException.ThrowIfNull(signature);
        var task = new PeriodicTask(name, schedule, signature);
        if (!PeriodicTasks.TryAdd(name, task)) throw new ArgumentException($"A periodic task named '{name}' was added before.", nameof(name));
        return task;
    }

    /// <summary>
    /// Runs a beat until the token is cancelled: sends the periodic tasks, each tick once, however many beats run. See <see cref="BeatOptions"/>
    /// for where they meet.
    /// </summary>
    public async Task RunBeatAsync(BeatOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new();
        ConfirmsAll = true;
        await using var store = CreateBeatStore(options);
        await new CeleryBeat(this, options, store).RunAsync(cancellationToken);
    }

    internal IBeatStore CreateBeatStore(BeatOptions options)
    {
        if (options.ScheduleFile is { } file) return new FileBeatStore(Path.GetFullPath(file));
        foreach (var url in (string?[])[BackendUrl, BrokerUrl])
        {
            if (url is not null && PostgresUrl.Serves(url)) return new PostgresBeatStore(new PostgresStore(url, Time), Name);
            if (url is not null && RedisEndpoint.Serves(url))
                return new RedisBeatStore(new RedisClient(RedisEndpoint.Parse(url), "braid-celery-beat", Time), Settings.RedisKeyPrefix, Name);
        }
        return new FileBeatStore(Path.GetFullPath("celerybeat-schedule.json"));
    }
}
