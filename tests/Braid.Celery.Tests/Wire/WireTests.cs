using System.Numerics;
using Braid.Celery.Wire;

namespace Braid.Celery.Tests.Wire;

public sealed class WireTests
{
    [Fact]
    public void MessagePack_reads_back_what_it_writes_at_every_boundary()
    {
        long[] numbers = [0, 127, 128, 255, 256, 65535, 65536, uint.MaxValue, uint.MaxValue + 1L, long.MaxValue, -1, -32, -33, -128, -129, int.MinValue, long.MinValue];
        foreach (var number in numbers) Assert.Equal(number, MessagePackCodec.Read(MessagePackCodec.Write(number)));
        foreach (var length in (int[])[0, 15, 16, 31, 32, 255, 256, 65535, 65536])
        {
            Assert.Equal(new string('x', length), MessagePackCodec.Read(MessagePackCodec.Write(new string('x', length))));
            Assert.Equal(length, ((List<object?>)MessagePackCodec.Read(MessagePackCodec.Write(Enumerable.Range(0, length).Select(object? (i) => (long)i).ToList()))!).Count);
        }
        Assert.Equal(new BigInteger(ulong.MaxValue), MessagePackCodec.Read(MessagePackCodec.Write(new BigInteger(ulong.MaxValue))));
    }

    [Fact]
    public void Hostile_MessagePack_and_JSON_are_refused_and_nothing_else_happens()
    {
        const int Seed = 4;
        var random = new Random(Seed);
        var good = MessagePackCodec.Write(new List<object?> { new List<object?> { 1L, "two" }, new Dictionary<string, object?>(), null });
        for (var i = 0; i < 5_000; i++)
        {
            var bytes = good.ToArray();
            for (var n = random.Next(1, 4); n > 0; n--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var type = i % 2 == 0 ? "application/x-msgpack" : "application/json";
            try { TaskBody.Read(bytes, type, null); }
            catch (PoisonMessageException) { }
        }
    }

    [Theory]
    [InlineData(1e300, "1e+300")]
    [InlineData(2.0, "2.0")]
    [InlineData(2.5, "2.5")]
    [InlineData(1e-5, "1e-05")]
    [InlineData(1e16, "1e+16")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(123456789012345.0, "123456789012345.0")]
    public void Floats_are_shown_as_Python_shows_them(double number, string text) => Assert.Equal(text, PythonRepr.Of(number));

    [Fact]
    public void Representations_are_Pythons()
    {
        Assert.Equal("(2,)", PythonRepr.Tuple([2]));
        Assert.Equal("()", PythonRepr.Tuple([]));
        Assert.Equal("[1, 'two', None, 3.5, [1], {'k': 'v'}]", PythonRepr.Of(new List<object?> { 1L, "two", null, 3.5, new List<object?> { 1L }, new Dictionary<string, object?> { ["k"] = "v" } }));
        Assert.Equal("\"it's\"", PythonRepr.Of("it's"));
        Assert.Equal("'a\\n\\x00'", PythonRepr.Of("a\n\0"));
    }

    [Fact]
    public void A_time_among_a_signatures_options_is_read_in_both_forms()
    {
        var time = new DateTimeOffset(2026, 11, 29, 7, 51, 6, 219, TimeSpan.Zero).AddTicks(4730);
        const string Text = "2026-11-29T07:51:06.219473+00:00";
        Assert.Equal(time, TaskHeaders.Time("eta", Text));
        // As Celery 5.3 and later write a chord's body that was sent with an eta.
        Assert.Equal(time, TaskHeaders.Time("eta", new Dictionary<string, object?> { ["__type__"] = "datetime", ["__value__"] = Text }));
        Assert.Throws<PoisonMessageException>(() => TaskHeaders.Time("eta", new Dictionary<string, object?> { ["__type__"] = "decimal", ["__value__"] = "1" }));
    }

    [Fact]
    public void NaN_and_infinity_pass_both_ways()
    {
        var body = TaskBody.Read("[[NaN, -Infinity, \"NaN \\\" Infinity\"], {}, {}]"u8.ToArray(), "application/json", null);
        var args = (List<object?>)PlainValue.Parse(body.Args.Span)!;
        Assert.Equal(["NaN", "-Infinity", "NaN \" Infinity"], args);
        Assert.Equal("[NaN,Infinity]"u8.ToArray(), PlainValue.ToJson(new List<object?> { double.NaN, double.PositiveInfinity }, CeleryJson.Typed));
    }
}
