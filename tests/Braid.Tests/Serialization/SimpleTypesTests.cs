using System.Collections;
using System.Globalization;
using System.Net;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Text;
using System.Text.RegularExpressions;
using Braid.Serialization;

namespace Braid.Tests.Serialization;

public class SimpleTypesTests
{
    public static TheoryData<object> Values() =>
    [
        true, false, 'x', '\uD800', (sbyte)-5, (byte)200, short.MinValue, ushort.MaxValue, 0, -1, 63, 64, int.MinValue, int.MaxValue, uint.MaxValue,
        long.MinValue, long.MaxValue, ulong.MaxValue, 1.5f, float.NaN, double.Epsilon, double.NegativeInfinity, (Half)0.5, Int128.MinValue, UInt128.MaxValue,
        1.10m, decimal.MinValue, -0.000m, new DateTime(2026, 11, 21, 1, 2, 3, DateTimeKind.Utc), DateTime.MaxValue, new DateTime(5, DateTimeKind.Unspecified),
        new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromMinutes(-210)), new DateOnly(2026, 11, 21), new TimeOnly(23, 59, 59), TimeSpan.FromTicks(-7),
        Guid.Parse("b4c8a1f2-3c6d-4e6f-9a51-0123456789ab"), BigInteger.Pow(-7, 300), BigInteger.Zero, new Complex(1, -2), new Uri("https://example.com/a?b=c#d"),
        new Uri("a/b", UriKind.Relative), new Version(1, 2), new Version(1, 2, 3), new Version(1, 2, 3, 4), "", "text", "Grüße", "汉字", "lone \uD800 surrogate",
        new string('x', 10_000), new string('汉', 500), DayOfWeek.Friday, (DayOfWeek)77, ByteEnum.Two, UlongEnum.Huge, new Rune(0x1F600), ^3, 1..^2, typeof(int),
        typeof(List<>), typeof(Dictionary<string, int[]>), typeof(int[,]), typeof(SimpleTypesTests), CultureInfo.InvariantCulture, CultureInfo.GetCultureInfo("de-DE"),
        IPAddress.Parse("10.1.2.3"), IPAddress.Parse("fe80::1%3"), new IPEndPoint(IPAddress.Any, 80), new DnsEndPoint("example.com", 443), TimeZoneInfo.Utc, DBNull.Value,
        StringComparer.OrdinalIgnoreCase, EqualityComparer<string>.Default, Comparer<int>.Default, ReferenceEqualityComparer.Instance,
        new KeyValuePair<string, int>("a", 1), (1, "two", 3.0), Tuple.Create(1, "two"), (1, 2, 3, 4, 5, 6, 7, 8, 9),
        new Vector2(1, 2), new Vector3(1, 2, 3), new Vector4(1, 2, 3, 4), Quaternion.Identity, new Plane(1, 2, 3, 4), Matrix3x2.CreateRotation(1), Matrix4x4.CreateRotationX(1),
        Vector<int>.Indices, (1, Vector<double>.Indices), Vector64.Create(1f, 2), Vector128.Create(1, 2, 3, 4), Vector256.Create(1.5, 2, 3, 4), Vector512.Create((byte)7),
        (1, Vector128.Create(1L, 2)),
    ];

    [Theory]
    [MemberData(nameof(Values))]
    public void A_value_comes_back_equal_and_of_its_type(object value)
    {
        var back = RoundTrip.Of(value);
        Assert.Equal(value, back);
        Assert.Same(value.GetType(), back.GetType());
        Assert.Equal(value, Typed((dynamic)value));
    }

    private static object Typed<T>(T value) => RoundTrip.Of(value)!;

    [Fact]
    public void Null_and_nullable_values_come_back()
    {
        Assert.Null(RoundTrip.Of<string?>(null));
        Assert.Null(RoundTrip.Of<object?>(null));
        Assert.Null(RoundTrip.Of<int?>(null));
        Assert.Equal(5, RoundTrip.Of<int?>(5));
        Assert.Equal(new Guid?[] { null, Guid.Empty }, RoundTrip.Of(new Guid?[] { null, Guid.Empty }));
    }

    [Fact]
    public void The_kind_of_a_date_and_the_scale_of_a_decimal_are_kept()
    {
        Assert.Equal(DateTimeKind.Utc, RoundTrip.Of(DateTime.UnixEpoch).Kind);
        Assert.Equal(DateTimeKind.Local, RoundTrip.Of(new DateTime(2026, 6, 1, 0, 0, 0, DateTimeKind.Local)).Kind);
        Assert.Equal("1.100", RoundTrip.Of(1.100m).ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public void A_regex_keeps_pattern_options_and_timeout()
    {
        var back = RoundTrip.Of(new Regex("a+b", RegexOptions.IgnoreCase | RegexOptions.Multiline, TimeSpan.FromSeconds(2)));
        Assert.Equal("a+b", back.ToString());
        Assert.Equal(RegexOptions.IgnoreCase | RegexOptions.Multiline, back.Options);
        Assert.Equal(TimeSpan.FromSeconds(2), back.MatchTimeout);
        Assert.Matches(back, "xAAB");
    }

    [Fact]
    public void Every_time_zone_of_the_system_comes_back_and_so_does_one_that_was_made()
    {
        var zones = TimeZoneInfo.GetSystemTimeZones();
        Assert.Equal(zones, RoundTrip.Of(zones.ToArray()));
        Assert.Equal(TimeZoneInfo.Local, RoundTrip.Of(TimeZoneInfo.Local));
        var summer = TimeZoneInfo.AdjustmentRule.CreateAdjustmentRule(
            DateTime.MinValue.Date, DateTime.MaxValue.Date, TimeSpan.FromHours(1),
            TimeZoneInfo.TransitionTime.CreateFloatingDateRule(new DateTime(1, 1, 1, 2, 0, 0), 3, 5, DayOfWeek.Sunday),
            TimeZoneInfo.TransitionTime.CreateFloatingDateRule(new DateTime(1, 1, 1, 3, 0, 0), 10, 5, DayOfWeek.Sunday));
        // One of the system's name is itself all the same.
        foreach (var id in (string[])["Ours", "UTC", "/dev/zero", "../x"])
        {
            var made = TimeZoneInfo.CreateCustomTimeZone(id, TimeSpan.FromMinutes(75), "ours", "standard", "summer", [summer]);
            Assert.Equal(made, RoundTrip.Of(made));
            Assert.Equal("summer", RoundTrip.Of(made).DaylightName);
        }
    }

    [Theory]
    [InlineData("Europe/Belgrad!")]
    [InlineData("Europe/Nirvana1")]
    [InlineData("../../dev/stdin")]
    [InlineData("/etc/timezone.1")]
    public void A_time_zone_that_is_not_known_on_the_other_side_is_named(string id)
    {
        var bytes = BraidSerializer.Serialize(TimeZoneInfo.FindSystemTimeZoneById("Europe/Belgrade"));
        Encoding.ASCII.GetBytes(id).CopyTo(bytes.AsSpan(bytes.AsSpan().IndexOf("Europe/Belgrade"u8)));
        var e = Assert.Throws<SerializationException>(() => BraidSerializer.Deserialize<TimeZoneInfo>(bytes));
        Assert.Contains($"'{id}' is not known here", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_time_zone_whose_rules_do_not_come_back_is_refused_where_it_is_written()
    {
        // As the local zone is where TZ names a file: rules of the tz database under no id of it.
        var local = (TimeZoneInfo)MemberwiseClone(TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"));
        IdOf(local) = "Local";
        var e = Assert.Throws<SerializationException>(() => BraidSerializer.Serialize<object[]>([local]));
        Assert.StartsWith("value[0] is a System.TimeZoneInfo, which cannot travel: the system has no zone 'Local' of these rules", e.Message, StringComparison.Ordinal);

        [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "MemberwiseClone")]
        static extern object MemberwiseClone(object o);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_id")]
        static extern ref string IdOf(TimeZoneInfo zone);
    }

    [Fact]
    public void Text_builders_bit_arrays_and_encodings_come_back()
    {
        Assert.Equal("abc", RoundTrip.Of(new StringBuilder("abc")).ToString());
        Assert.Equal(new BitArray(new[] { true, false, true }).Cast<bool>(), RoundTrip.Of(new BitArray(new[] { true, false, true })).Cast<bool>());
        Assert.Empty(RoundTrip.Of<Encoding>(new UTF8Encoding(false)).Preamble.ToArray());
        Assert.Equal(Encoding.Unicode, RoundTrip.Of(Encoding.Unicode));
        Assert.Empty(RoundTrip.Of(new UnicodeEncoding(bigEndian: true, byteOrderMark: false)).Preamble.ToArray());
        Assert.Equal(new UTF32Encoding(true, true), RoundTrip.Of(new UTF32Encoding(true, true)));
        foreach (var strict in (Encoding[])[new UTF8Encoding(false, true), Encoding.GetEncoding("us-ascii", EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)])
            Assert.Throws<DecoderFallbackException>(() => RoundTrip.Of(strict).GetString([0xFF]));
    }

    [Fact]
    public void A_token_that_cannot_change_travels()
    {
        Assert.False(RoundTrip.Of(CancellationToken.None).CanBeCanceled);
        Assert.True(RoundTrip.Of(new CancellationToken(true)).IsCancellationRequested);
    }

    private enum ByteEnum : byte
    {
        Two = 2,
    }

    private enum UlongEnum : ulong
    {
        Huge = ulong.MaxValue,
    }
}
