using System.Globalization;

namespace Braid.Celery.Wire;

/// <summary>
/// Python's <c>isoformat()</c>. Six digits of fraction or none: Celery 5.2 rejects .NET's seven.
/// </summary>
internal static class PythonTime
{
    internal static string Format(DateTimeOffset time) =>
        Body(time.DateTime) + (time.Offset < TimeSpan.Zero ? "-" : "+") + time.Offset.ToString("hh\\:mm", CultureInfo.InvariantCulture);

    internal static string Format(DateTime time) => time.Kind switch
    {
        DateTimeKind.Utc => Format(new DateTimeOffset(time)),
        DateTimeKind.Local => Format(new DateTimeOffset(time)),
        _ => Body(time),
    };

    private static string Body(DateTime time) =>
        time.ToString(time.Ticks % TimeSpan.TicksPerSecond / 10 == 0 ? "yyyy-MM-ddTHH:mm:ss" : "yyyy-MM-ddTHH:mm:ss.ffffff", CultureInfo.InvariantCulture);

    /// <summary>A time without a zone is UTC, as Celery takes it when <c>enable_utc</c> is on.</summary>
    internal static DateTimeOffset ParseOffset(string text) =>
        DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    internal static bool TryParseOffset(string text, out DateTimeOffset time) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);

    internal static DateTime ParseDateTime(string text) => DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind | DateTimeStyles.AdjustToUniversal);

    internal static double ToEpoch(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).TotalSeconds;
}
