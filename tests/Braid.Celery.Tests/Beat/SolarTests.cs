using System.Globalization;
using System.Text.Json;
using Braid.Celery.Tests.Interop;

namespace Braid.Celery.Tests.Beat;

public sealed class SolarTests
{
    private const int Seed = 20_261_128;

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    [Fact]
    public async Task Every_event_comes_within_half_a_minute_of_what_Celery_computes()
    {
        var random = new Random(Seed);
        var start = Time("2020-01-01T00:00Z").ToUnixTimeSeconds();
        var cases = Enum.GetValues<SolarEvent>().SelectMany(e => Enumerable.Range(0, 8).Select(_ => new
        {
            kind = e,
            @event = JsonNamingPolicy.SnakeCaseLower.ConvertName(e.ToString()),
            // Up to where even the deepest of them comes on every night of the year.
            lat = Math.Round((random.NextDouble() - 0.5) * 90, 3),
            lon = Math.Round((random.NextDouble() - 0.5) * 360, 3),
            from = Enumerable.Range(0, 20).Select(_ => start + random.NextInt64(20L * 365 * 86_400)).ToArray(),
        })).ToList();
        var answers = await PythonCelery.RunAsync("solars.py", cases);
        var compared = 0;
        for (var i = 0; i < cases.Count; i++)
        {
            var c = cases[i];
            var schedule = Schedule.Solar(c.kind, c.lat, c.lon);
            for (var k = 0; k < c.from.Length; k++)
            {
                if (answers[i][k].ValueKind == JsonValueKind.Null) continue;
                compared++;
                var next = schedule.Next(DateTimeOffset.FromUnixTimeSeconds(c.from[k]))!.Value;
                var apart = Math.Abs(next.ToUnixTimeSeconds() - answers[i][k].GetDouble());
                // An instant just beside an event: one side counts it, the other has passed it.
                if (Math.Min(apart, Math.Abs(next.ToUnixTimeSeconds() - c.from[k])) < 30) continue;
                Assert.True(apart < 30, $"{schedule} after {c.from[k]}: {apart} s apart (seed {Seed})");
            }
        }
        Assert.InRange(compared, 1_200, 1_440);
    }

    [Fact]
    public void A_polar_day_has_a_noon_and_no_sunset_until_its_end()
    {
        var noon = Schedule.Solar(SolarEvent.SolarNoon, 78.22, 15.65);
        var first = noon.Next(Time("2026-06-01T00:00Z"))!.Value;
        Assert.InRange((noon.Next(first)!.Value - first).TotalMinutes, 1439, 1441);
        Assert.InRange(Schedule.Solar(SolarEvent.Sunset, 78.22, 15.65).Next(Time("2026-05-01T00:00Z"))!.Value, Time("2026-08-23T00:00Z"), Time("2026-08-27T00:00Z"));
        Assert.Null(Schedule.Solar(SolarEvent.Sunset, 90, 0).Next(Time("2026-05-01T00:00Z")));
    }

    [Fact]
    public void Each_day_of_years_has_each_event_once_and_in_order()
    {
        var schedules = Enum.GetValues<SolarEvent>().Select(e => Schedule.Solar(e, -33.87, 151.21)).ToArray();
        var time = schedules[0].Next(Time("2026-01-01T00:00Z"))!.Value;
        for (var n = 1; n < 9 * 365 * 3; n++)
        {
            var next = schedules[n % 9].Next(time)!.Value;
            Assert.True(next - time < TimeSpan.FromHours(14), $"{schedules[n % 9]} follows {time:u} at {next:u}");
            time = next;
        }
    }

    [Theory]
    [InlineData(91, 0)]
    [InlineData(0, -180.5)]
    [InlineData(double.NaN, 0)]
    public void A_place_that_is_nowhere_is_refused(double latitude, double longitude) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Schedule.Solar(SolarEvent.Sunset, latitude, longitude));
}
