namespace Braid.Celery;

/// <summary>
/// When a periodic task is due: an endless sequence of instants, its <em>ticks</em>. A schedule has no clock and no state, so that every beat
/// that knows it names the same ticks.
/// </summary>
public abstract class Schedule
{
    private protected Schedule() { }

    /// <summary>The first tick after an instant.</summary>
    /// <param name="after">Excluded.</param>
    /// <returns>Null when there is none any more: "30 February".</returns>
    public abstract DateTimeOffset? Next(DateTimeOffset after);

    /// <summary>Due again and again after the same time, counted from the beat's first sight of the task.</summary>
    /// <param name="period">At least a millisecond.</param>
    /// <exception cref="ArgumentOutOfRangeException">The period is shorter.</exception>
    public static Schedule Every(TimeSpan period) => new IntervalSchedule(period);

    /// <summary>Celery's <c>crontab(…)</c>: due in each minute whose five fields all match.</summary>
    /// <param name="minute">0 to 59, in Celery's grammar: "*", "*/15", "1,13,30-45,50-59/2".</param>
    /// <param name="hour">0 to 23.</param>
    /// <param name="dayOfWeek">0 (Sunday) to 6, or names: "mon-fri".</param>
    /// <param name="dayOfMonth">1 to 31. Together with <paramref name="dayOfWeek"/> both must match, unlike in cron(5).</param>
    /// <param name="monthOfYear">1 to 12.</param>
    /// <param name="timeZone">
    /// Whose clock is meant. Default: UTC. Where a clock is put forward, a time that is left out is due at the moment of the change; where it
    /// is put back, a time that comes twice is due the first time only. With the hour "*" every real minute counts, in both cases.
    /// </param>
    /// <exception cref="FormatException">A field is not of Celery's grammar, or holds a number out of its range.</exception>
    public static Schedule Crontab(string minute = "*", string hour = "*", string dayOfWeek = "*", string dayOfMonth = "*", string monthOfYear = "*",
        TimeZoneInfo? timeZone = null) => new CrontabSchedule(minute, hour, dayOfWeek, dayOfMonth, monthOfYear, timeZone ?? TimeZoneInfo.Utc);

    /// <summary>A line of cron(5), minute hour day-of-month month day-of-week: "0 8 * * mon-fri". Celery's <c>crontab.from_string</c>.</summary>
    /// <param name="line">Five fields in Celery's grammar, apart by spaces.</param>
    /// <param name="timeZone">Whose clock is meant. Default: UTC.</param>
    /// <exception cref="FormatException">It does not have five fields, or one of them is not of Celery's grammar.</exception>
    public static Schedule CrontabLine(string line, TimeZoneInfo? timeZone = null)
    {
        ArgumentNullException.ThrowIfNull(line);
        var fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != 5)
            throw new FormatException($"'{line}' has {fields.Length} fields; a crontab line has 5: minute, hour, day of month, month, day of week.");
        return Crontab(fields[0], fields[1], fields[4], fields[2], fields[3], timeZone);
    }

    /// <summary>Celery's <c>solar(…)</c>: due when the sun comes to a certain height at a place, within half a minute of what astronomers compute.</summary>
    /// <param name="solarEvent">Which moment of the sun's day.</param>
    /// <param name="latitude">Degrees north of the equator, -90 to 90.</param>
    /// <param name="longitude">Degrees east of Greenwich, -180 to 180.</param>
    /// <returns>A day on which the sun does not come to that height, in a polar summer or winter, has no tick.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such event or no such place.</exception>
    public static Schedule Solar(SolarEvent solarEvent, double latitude, double longitude) => new SolarSchedule(solarEvent, latitude, longitude);

    /// <summary>
    /// The last tick in (<paramref name="after"/>, <paramref name="now"/>]; null when there is none. However many were missed, it is found
    /// by looking back over growing spans, not by walking through all.
    /// </summary>
    internal virtual DateTimeOffset? Latest(DateTimeOffset after, DateTimeOffset now)
    {
        if (Next(after) is not { } first || first > now) return null;
        foreach (var back in (ReadOnlySpan<TimeSpan>)[TimeSpan.FromMinutes(1), TimeSpan.FromHours(1), TimeSpan.FromDays(1), TimeSpan.FromDays(31), TimeSpan.FromDays(366)])
        {
            if (now - back <= after) break;
            if (Next(now - back) is not { } near || near > now) continue;
            first = near;
            break;
        }
        while (Next(first) is { } next && next <= now) first = next;
        return first;
    }
}
