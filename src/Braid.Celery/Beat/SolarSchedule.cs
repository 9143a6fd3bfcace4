using static System.Math;

namespace Braid.Celery;

/// <summary>
/// The sun's events at a place, by the formulas of NOAA's solar calculator, which follow Meeus, Astronomical Algorithms, chapter 25. Each solar day
/// (from one lowest point of the sun to the next) has an event of each kind once or, in a polar day or night, not at all.
/// </summary>
internal sealed class SolarSchedule : Schedule
{
    /// <summary>A polar night ends within a year.</summary>
    private const int DaysAhead = 400;

    // The calendar has ends.
    private const double FirstDay = -730_000, EndDay = 2_921_000;

    /// <summary>Noon of 1 January 2000, from which astronomers count.</summary>
    private static readonly DateTimeOffset Epoch = new(2000, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly SolarEvent _event;
    private readonly double _latitude;
    private readonly double _longitude;

    internal SolarSchedule(SolarEvent solarEvent, double latitude, double longitude)
    {
        if (!Enum.IsDefined(solarEvent)) throw new ArgumentOutOfRangeException(nameof(solarEvent), solarEvent, "It is no event of the sun.");
        if (!(Abs(latitude) <= 90)) throw new ArgumentOutOfRangeException(nameof(latitude), latitude, "A latitude is between -90 and 90 degrees.");
        if (!(Abs(longitude) <= 180)) throw new ArgumentOutOfRangeException(nameof(longitude), longitude, "A longitude is between -180 and 180 degrees.");
        _event = solarEvent;
        _latitude = latitude;
        _longitude = longitude;
    }

    public override string ToString() => FormattableString.Invariant($"solar {_event} at latitude {_latitude}, longitude {_longitude}");

    public override DateTimeOffset? Next(DateTimeOffset after)
    {
        // Whole days since the epoch, which is a noon at longitude 0. The day before may still have its dusk ahead.
        var day = Max(Floor((after - Epoch).TotalDays + _longitude / 360) - 1, FirstDay);
        for (var end = Min(day + DaysAhead, EndDay); day < end; day++)
            if (On(day) is { } tick && tick > after) return tick;
        return null;
    }

    /// <summary>The event of a solar day, to the second; null when the sun does not come to that height on it.</summary>
    private DateTimeOffset? On(double day)
    {
        var noon = day - _longitude / 360;
        var time = noon;
        // The sun moves on while the earth turns; after six rounds nothing changes any more.
        for (var round = 0; round < 6; round++)
        {
            var (declination, equationOfTime) = Sun(time);
            time = noon - equationOfTime;
            if (Height is not { } height) continue;
            var cosine = (Sin(Radians(height)) - Sin(Radians(_latitude)) * Sin(declination)) / (Cos(Radians(_latitude)) * Cos(declination));
            if (!(Abs(cosine) <= 1)) return null;
            var turn = Acos(cosine) / Tau;
            time += _event < SolarEvent.SolarNoon ? -turn : turn;
        }
        return Epoch.AddSeconds(Round(time * 86_400));
    }

    /// <summary>How high the sun's centre stands, in degrees; null: as high as it comes. At sunrise its upper edge is seen, by 34' of refraction.</summary>
    private double? Height => _event switch
    {
        SolarEvent.DawnAstronomical or SolarEvent.DuskAstronomical => -18,
        SolarEvent.DawnNautical or SolarEvent.DuskNautical => -12,
        SolarEvent.DawnCivil or SolarEvent.DuskCivil => -6,
        SolarEvent.SolarNoon => null,
        _ => -(34 + 16) / 60.0,
    };

    /// <summary>The sun's declination in radians, and by how much of a day a sundial is ahead of a clock; for days since the epoch.</summary>
    private static (double Declination, double EquationOfTime) Sun(double days)
    {
        var t = days / 36_525;
        var meanLongitude = Radians(280.46646 + t * (36_000.76983 + t * 0.0003032));
        var anomaly = Radians(357.52911 + t * (35_999.05029 - t * 0.0001537));
        var eccentricity = 0.016708634 - t * (0.000042037 + t * 0.0000001267);
        var centre = Sin(anomaly) * (1.914602 - t * (0.004817 + t * 0.000014)) + Sin(2 * anomaly) * (0.019993 - t * 0.000101) + Sin(3 * anomaly) * 0.000289;
        var node = Radians(125.04 - 1934.136 * t);
        var longitude = meanLongitude + Radians(centre - 0.00569 - 0.00478 * Sin(node));
        var obliquity = Radians(23 + (26 + (21.448 - t * (46.815 + t * (0.00059 - t * 0.001813))) / 60) / 60 + 0.00256 * Cos(node));
        var y = Pow(Tan(obliquity / 2), 2);
        var ahead = y * Sin(2 * meanLongitude) - 2 * eccentricity * Sin(anomaly) + 4 * eccentricity * y * Sin(anomaly) * Cos(2 * meanLongitude)
            - 0.5 * y * y * Sin(4 * meanLongitude) - 1.25 * eccentricity * eccentricity * Sin(2 * anomaly);
        return (Asin(Sin(obliquity) * Sin(longitude)), ahead / Tau);
    }

    private static double Radians(double degrees) => degrees / 180 * PI;
}
