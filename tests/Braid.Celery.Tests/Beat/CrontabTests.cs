using System.Globalization;
using System.Text.Json;
using Braid.Celery.Tests.Interop;

namespace Braid.Celery.Tests.Beat;

public sealed class CrontabTests
{
    private const int Seed = 20_261_125;

    /// <summary>Berlin's clock changes twice a year; where the change lies between an instant and its tick, the two sides differ on purpose.</summary>
    [Theory]
    [InlineData("UTC")]
    [InlineData("Europe/Berlin")]
    [InlineData("Asia/Kathmandu")]
    public async Task A_year_of_random_schedules_has_the_ticks_that_Celery_gives(string zoneName)
    {
        var random = new Random(Seed);
        var zone = TimeZoneInfo.FindSystemTimeZoneById(zoneName);
        var year = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds();
        var cases = Enumerable.Range(0, 300).Select(_ => new
        {
            fields = RandomFields(random),
            from = Enumerable.Range(0, 12).Select(_ => year + random.NextInt64(365 * 86_400)).Order().ToArray(),
        }).ToList();
        var answers = await PythonCelery.RunAsync("crontabs.py", new { zone = zoneName, cases });
        var compared = 0;
        for (var i = 0; i < cases.Count; i++)
        {
            var f = cases[i].fields;
            var schedule = Schedule.Crontab(f[0], f[1], f[2], f[3], f[4], zone);
            for (var k = 0; k < cases[i].from.Length; k++)
            {
                var from = DateTimeOffset.FromUnixTimeSeconds(cases[i].from[k]);
                var expected = DateTimeOffset.FromUnixTimeSeconds(answers[i][k].GetInt64());
                if (zone.GetUtcOffset(from) != zone.GetUtcOffset(expected)) continue;
                var next = schedule.Next(from);
                Assert.True(next == expected, $"{schedule} after {from:u}: Celery says {expected:u}, Braid says {next:u} (seed {Seed})");
                compared++;
            }
        }
        Assert.InRange(compared, 1_000, 3_600);
    }

    [Fact]
    public async Task The_grammar_takes_what_Celery_takes_and_refuses_what_Celery_refuses()
    {
        string[][] all =
        [
            ["5", "*", "*", "*", "*"], ["*/15", "0", "mon-fri", "1-7,15-21", "*/3"], ["50-10", "22-2", "fri-mon", "*", "11-2"], ["1,13,30-45,50-59/2", "*", "Monday", "*", "*"],
            ["60", "*", "*", "*", "*"], ["*", "24", "*", "*", "*"], ["*", "*", "7", "*", "*"], ["*", "*", "*", "0", "*"], ["*", "*", "*", "32", "*"], ["*", "*", "*", "*", "13"],
            ["", "*", "*", "*", "*"], ["1,,2", "*", "*", "*", "*"], ["*/", "*", "*", "*", "*"], ["5/2", "*", "*", "*", "*"], ["*/0", "*", "*", "*", "*"], ["x", "*", "*", "*", "*"], ["-5", "*", "*", "*", "*"],
            ["*", "*", "someday", "*", "*"], ["05", "08", "0", "01", "1"],
        ];
        var answers = await PythonCelery.RunAsync("crontabs.py", new { zone = "UTC", cases = all.Select(fields => new { fields, from = Array.Empty<long>() }) });
        for (var i = 0; i < all.Length; i++)
        {
            var fields = all[i];
            var refused = Record.Exception(() => Schedule.Crontab(fields[0], fields[1], fields[2], fields[3], fields[4]));
            Assert.True(answers[i].ValueKind == JsonValueKind.String == refused is FormatException, $"{string.Join(' ', fields)}: Celery says {answers[i]}, Braid says {refused?.Message ?? "yes"}");
        }
    }

    [Theory]
    // Forward, 29 March 2026: 02:00 becomes 03:00. What the clock jumps over is due at the jump.
    [InlineData("30 2 * * *", "2026-03-28T22:00Z", "2026-03-29T01:00Z", "2026-03-30T00:30Z")]
    [InlineData("*/20 2 * * *", "2026-03-29T00:59Z", "2026-03-29T01:00Z", "2026-03-30T00:00Z")]
    [InlineData("*/30 * * * *", "2026-03-29T00:20Z", "2026-03-29T00:30Z", "2026-03-29T01:00Z")]
    [InlineData("0 3 * * *", "2026-03-28T22:00Z", "2026-03-29T01:00Z", "2026-03-30T01:00Z")]
    // Back, 25 October 2026: 03:00 becomes 02:00. What comes twice is due the first time.
    [InlineData("30 2 * * *", "2026-10-24T22:00Z", "2026-10-25T00:30Z", "2026-10-26T01:30Z")]
    [InlineData("30 2 * * *", "2026-10-25T01:05Z", "2026-10-26T01:30Z", "2026-10-27T01:30Z")]
    [InlineData("0 3 * * *", "2026-10-25T00:30Z", "2026-10-25T02:00Z", "2026-10-26T02:00Z")]
    [InlineData("*/30 * * * *", "2026-10-25T00:10Z", "2026-10-25T00:30Z", "2026-10-25T01:00Z")]
    public void A_clock_that_is_put_forward_or_back_makes_no_tick_come_twice_or_not_at_all(string line, string after, string first, string second) =>
        AssertTicks("Europe/Berlin", line, after, first, second);

    [Theory]
    // A change at midnight: 24 April 2026 begins at 01:00 in Cairo.
    [InlineData("Africa/Cairo", "0 0 * * *", "2026-04-23T12:00Z", "2026-04-23T22:00Z", "2026-04-24T21:00Z")]
    // A change of half an hour: 5 April 2026, 02:00 becomes 01:30 on Lord Howe Island; 4 October, 02:00 becomes 02:30.
    [InlineData("Australia/Lord_Howe", "45 1 * * *", "2026-04-04T12:00Z", "2026-04-04T14:45Z", "2026-04-05T15:15Z")]
    [InlineData("Australia/Lord_Howe", "15 2 * * *", "2026-10-03T12:00Z", "2026-10-03T15:30Z", "2026-10-04T15:15Z")]
    // The other way round: New York's 8 March and 1 November.
    [InlineData("America/New_York", "30 2 * * *", "2026-03-08T00:00Z", "2026-03-08T07:00Z", "2026-03-09T06:30Z")]
    [InlineData("America/New_York", "30 1 * * *", "2026-11-01T00:00Z", "2026-11-01T05:30Z", "2026-11-02T06:30Z")]
    public void Clocks_change_at_other_hours_and_by_other_spans_elsewhere(string zone, string line, string after, string first, string second) =>
        AssertTicks(zone, line, after, first, second);

    private static void AssertTicks(string zone, string line, string after, string first, string second)
    {
        var schedule = Schedule.CrontabLine(line, TimeZoneInfo.FindSystemTimeZoneById(zone));
        var one = schedule.Next(Time(after));
        Assert.Equal((Time(first), Time(second)), (one!.Value, schedule.Next(one.Value)!.Value));
    }

    [Fact]
    public void Months_have_the_names_that_Celery_knows_since_5_5()
    {
        var schedule = Schedule.CrontabLine("0 0 1 nov-jan,March *");
        Assert.Equal(Time("2026-03-01T00:00Z"), schedule.Next(Time("2026-01-01T00:00Z")));
        Assert.Equal(Time("2026-11-01T00:00Z"), schedule.Next(Time("2026-03-01T00:00Z")));
        Assert.Throws<FormatException>(() => Schedule.CrontabLine("0 0 1 mon *"));
    }

    [Fact]
    public void A_day_that_never_comes_has_no_tick() => Assert.Null(Schedule.CrontabLine("0 0 30 2 *").Next(Time("2026-01-01T00:00Z")));

    [Fact]
    public void A_leap_day_on_a_certain_weekday_is_found_decades_away() =>
        Assert.Equal(Time("2044-02-29T00:00Z"), Schedule.CrontabLine("0 0 29 2 mon").Next(Time("2026-01-01T00:00Z")));

    [Fact]
    public void The_last_of_many_missed_ticks_is_found_at_once()
    {
        var minutely = Schedule.CrontabLine("* * * * *");
        Assert.Equal(Time("2026-01-01T00:00Z"), minutely.Latest(Time("1990-01-01T00:00Z"), Time("2026-01-01T00:00:59Z")));
        Assert.Equal(Time("2025-01-01T00:00Z"), Schedule.CrontabLine("0 0 1 1 *").Latest(Time("1990-01-01T00:00Z"), Time("2025-12-31T00:00Z")));
        Assert.Null(minutely.Latest(Time("2026-01-01T00:00:01Z"), Time("2026-01-01T00:00:59Z")));
        Assert.Equal(Time("2026-01-01T00:00:20Z"), Schedule.Every(TimeSpan.FromSeconds(10)).Latest(Time("2026-01-01T00:00Z"), Time("2026-01-01T00:00:29Z")));
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private static string[] RandomFields(Random random)
    {
        // A day that no month has makes Celery search for ever, so days up to 28 only, and 31 with all months.
        var day = Field(random, 1, 28);
        return [Field(random, 0, 59), Field(random, 0, 23), random.Next(2) == 0 ? "*" : Weekday(random), random.Next(2) == 0 ? "*" : day, random.Next(3) > 0 ? "*" : Field(random, 1, 12)];
    }

    private static string Weekday(Random random) => random.Next(4) switch
    {
        0 => "mon-fri",
        1 => "fri-sun",
        2 => ((string[])["sun", "tuesday", "Thu"])[random.Next(3)],
        _ => Field(random, 0, 6),
    };

    private static string Field(Random random, int min, int max)
    {
        int Number() => random.Next(min, max + 1);
        return random.Next(6) switch
        {
            0 => "*",
            1 => $"*/{random.Next(1, max)}",
            2 => Number().ToString(CultureInfo.InvariantCulture),
            3 => $"{Number()}-{Number()}",
            4 => $"{Number()}-{Number()}/{random.Next(1, 6)},{Number()}",
            _ => string.Join(',', Enumerable.Range(0, random.Next(1, 5)).Select(_ => Number())),
        };
    }
}
