namespace Braid.Celery;

/// <summary>
/// Celery's crontab on a clock that is put forward and back. The instants of a zone fall into stretches of one offset from UTC; within a
/// stretch the search is one over a plain calendar, and at its end the rule for skipped and repeated times is applied.
/// </summary>
internal sealed class CrontabSchedule : Schedule
{
    /// <summary>29 February of a certain weekday comes after 40 years at most, over the turn of a century.</summary>
    private const int YearsAhead = 41;

    private readonly CrontabField _minute;
    private readonly CrontabField _hour;
    private readonly CrontabField _dayOfWeek;
    private readonly CrontabField _dayOfMonth;
    private readonly CrontabField _month;
    private readonly TimeZoneInfo _zone;
    private readonly string _text;

    internal CrontabSchedule(string minute, string hour, string dayOfWeek, string dayOfMonth, string month, TimeZoneInfo zone)
    {
        _minute = CrontabField.Parse(nameof(minute), minute, 0, 59);
        _hour = CrontabField.Parse(nameof(hour), hour, 0, 23);
        _dayOfWeek = CrontabField.Parse(nameof(dayOfWeek), dayOfWeek, 0, 6);
        _dayOfMonth = CrontabField.Parse(nameof(dayOfMonth), dayOfMonth, 1, 31);
        _month = CrontabField.Parse("monthOfYear", month, 1, 12);
        _zone = zone;
        _text = $"crontab {minute} {hour} {dayOfMonth} {month} {dayOfWeek} (m/h/dM/MY/d) {zone.Id}";
    }

    public override string ToString() => _text;

    public override DateTimeOffset? Next(DateTimeOffset after)
    {
        var offset = _zone.GetUtcOffset(after);
        // Where the search stands, as an instant and as the wall clock shows it.
        var from = after.UtcDateTime;
        var wall = NextMinute(Shift(from, offset));
        while (NextWall(wall) is { } match)
        {
            var instant = Shift(match, -offset);
            var to = instant < from ? from : instant;
            if (Change(from, to, offset) is { } change)
            {
                var before = offset;
                offset = _zone.GetUtcOffset(Utc(change));
                from = change;
                var (shownBefore, shownAfter) = (Shift(change, before), Shift(change, offset));
                // A time that the clock jumped over is due when it jumps.
                if (!_hour.IsFull && shownAfter > shownBefore && match < shownAfter) return Utc(change);
                wall = shownAfter;
                continue;
            }
            if (!_hour.IsFull && IsRepeated(match, offset))
            {
                wall = NextMinute(match);
                continue;
            }
            return Utc(instant);
        }
        return null;
    }

    private static DateTimeOffset Utc(DateTime instant) => new(instant.Ticks, TimeSpan.Zero);

    /// <summary>Clamped: the calendar has ends.</summary>
    private static DateTime Shift(DateTime time, TimeSpan by) =>
        new(Math.Clamp(time.Ticks + by.Ticks, DateTime.MinValue.Ticks, DateTime.MaxValue.Ticks), DateTimeKind.Unspecified);

    private static DateTime NextMinute(DateTime time) => Shift(time, TimeSpan.FromTicks(TimeSpan.TicksPerMinute - time.Ticks % TimeSpan.TicksPerMinute));

    /// <summary>Whether the clock shows this time for the second time.</summary>
    private bool IsRepeated(DateTime wall, TimeSpan offset) =>
        _zone.IsAmbiguousTime(wall) && offset == _zone.GetAmbiguousTimeOffsets(wall).Min();

    /// <summary>The first instant after <paramref name="from"/>, up to <paramref name="to"/>, at which the offset is another.</summary>
    private DateTime? Change(DateTime from, DateTime to, TimeSpan offset)
    {
        // Two changes are weeks apart at least, so steps of a day miss none.
        var low = from;
        var high = low;
        while (true)
        {
            if (low >= to) return null;
            high = to - low > TimeSpan.FromDays(1) ? low.AddDays(1) : to;
            if (_zone.GetUtcOffset(Utc(high)) != offset) break;
            low = high;
        }
        while (high - low > TimeSpan.FromTicks(1))
        {
            var middle = low + (high - low) / 2;
            if (_zone.GetUtcOffset(Utc(middle)) == offset) low = middle;
            else high = middle;
        }
        return high;
    }

    /// <summary>The first matching minute at or after a time of a plain calendar.</summary>
    private DateTime? NextWall(DateTime from)
    {
        // A time with seconds (an odd change of offset) is matched by the minute that follows.
        if (from.Ticks % TimeSpan.TicksPerMinute != 0) from = NextMinute(from);
        var day = from.Date;
        var end = from.Year + YearsAhead;
        var first = true;
        while (day.Year < Math.Min(end, 9999))
        {
            if (!_month.Contains(day.Month))
            {
                day = new DateTime(day.Year, day.Month, 1).AddMonths(1);
                first = false;
                continue;
            }
            if (_dayOfMonth.Contains(day.Day) && _dayOfWeek.Contains((int)day.DayOfWeek)
                && TimeOfDay(first ? from.Hour : 0, first ? from.Minute : 0) is { } time) return day + time;
            day = day.AddDays(1);
            first = false;
        }
        return null;
    }

    private TimeSpan? TimeOfDay(int hour, int minute)
    {
        var h = _hour.AtLeast(hour);
        if (h == hour && _minute.AtLeast(minute) is var m and >= 0) return new TimeSpan(h, m, 0);
        if (h == hour) h = _hour.AtLeast(hour + 1);
        return h < 0 || h > 23 ? null : new TimeSpan(h, _minute.AtLeast(0), 0);
    }
}
