namespace Braid.Celery;

/// <summary>Moments of the sun's day, in their order: those of Celery's <c>solar</c>.</summary>
public enum SolarEvent
{
    /// <summary>The sun's centre comes up to 18 degrees below the horizon.</summary>
    DawnAstronomical,

    /// <summary>The sun's centre comes up to 12 degrees below the horizon.</summary>
    DawnNautical,

    /// <summary>The sun's centre comes up to 6 degrees below the horizon.</summary>
    DawnCivil,

    /// <summary>The sun's upper edge is seen first.</summary>
    Sunrise,

    /// <summary>The sun stands highest.</summary>
    SolarNoon,

    /// <summary>The sun's upper edge is seen last.</summary>
    Sunset,

    /// <summary>The sun's centre has gone down to 6 degrees below the horizon.</summary>
    DuskCivil,

    /// <summary>The sun's centre has gone down to 12 degrees below the horizon.</summary>
    DuskNautical,

    /// <summary>The sun's centre has gone down to 18 degrees below the horizon.</summary>
    DuskAstronomical,
}
