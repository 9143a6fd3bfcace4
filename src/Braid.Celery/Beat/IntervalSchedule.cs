using System.Globalization;

namespace Braid.Celery;

/// <summary>Ticks at a fixed distance. Missed ones are not made up for one by one, and the rhythm stays as it was.</summary>
internal sealed class IntervalSchedule : Schedule
{
    private readonly TimeSpan _period;

    internal IntervalSchedule(TimeSpan period)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(period, TimeSpan.FromMilliseconds(1));
        _period = period;
    }

    public override DateTimeOffset? Next(DateTimeOffset after) =>
        after.UtcTicks > DateTimeOffset.MaxValue.UtcTicks - _period.Ticks ? null : after + _period;

    internal override DateTimeOffset? Latest(DateTimeOffset after, DateTimeOffset now)
    {
        var passed = (now - after).Ticks / _period.Ticks;
        return passed < 1 ? null : after.AddTicks(passed * _period.Ticks);
    }

    public override string ToString() => $"every {_period.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s";
}
