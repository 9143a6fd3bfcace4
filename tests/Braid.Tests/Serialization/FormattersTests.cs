using Braid.Serialization;

namespace Braid.Tests.Serialization;

public class FormattersTests
{
    [Fact]
    public void A_registered_formatter_writes_its_type_wherever_it_is_met()
    {
        BraidSerializer.Register(new MoneyFormatter());
        var money = new Money(5);
        object[] values = [money, money, new List<Money> { money, new(7) }];
        var back = RoundTrip.Of(values);
        Assert.Equal(500, ((Money)back[0]).Cents);
        Assert.Same(back[0], back[1]);
        Assert.Equal([500, 700], ((List<Money>)back[2]).Select(m => m.Cents));
        Assert.Null(RoundTrip.Of<Money?>(null));
        Assert.Throws<InvalidOperationException>(() => BraidSerializer.Register(new MoneyFormatter()));
    }

    [Fact]
    public void A_type_that_was_used_cannot_get_a_formatter_any_more()
    {
        RoundTrip.Of(new Used(1));
        Assert.Throws<InvalidOperationException>(() => BraidSerializer.Register(new UsedFormatter()));
    }

    [Fact]
    public void A_formatter_that_writes_nothing_for_a_struct_is_told_so()
    {
        BraidSerializer.Register(new NothingFormatter());
        var e = Assert.Throws<SerializationException>(() => BraidSerializer.Serialize(new Nothing[5]));
        Assert.Contains("writes nothing", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_open_generic_formatter_serves_every_construction()
    {
        FormatterRegistry.RegisterOpenGeneric(typeof(Box<>), typeof(BoxFormatter<>));
        Assert.Equal("text", RoundTrip.Of(new Box<string>("text")).Value);
        Assert.Equal(7, Assert.IsType<Box<int>>(RoundTrip.Of<object>(new Box<int>(7))).Value);
    }

    [Fact]
    public void A_writer_and_a_reader_are_good_for_many_payloads()
    {
        var writer = new ObjectWriter();
        var reader = new ObjectReader();
        for (var i = 0; i < 3; i++)
        {
            writer.Reset();
            writer.Write(new object[] { new Used(i), typeof(Money) });
            reader.Reset(writer.WrittenMemory);
            Assert.Equal([new Used(i), typeof(Money)], reader.Read<object[]>());
        }
    }

    [Fact]
    public void What_the_system_refuses_while_a_value_is_read_is_not_told_of_its_bytes()
    {
        BraidSerializer.Register(new HeldFormatter());
        var bytes = BraidSerializer.Serialize(new Held());
        Assert.Equal("Too many open files", Assert.Throws<IOException>(() => BraidSerializer.Deserialize<Held>(bytes)).Message);
    }

    private sealed class Held;

    private sealed class HeldFormatter : Formatter<Held>
    {
        public override void Write(ObjectWriter writer, Held value) => writer.WriteByte(1);

        public override Held Read(ObjectReader reader) => throw new IOException("Too many open files");
    }

    private sealed class Money(int units)
    {
        public int Cents { get; } = units * 100;
    }

    private sealed record Used(int Number);

    private struct Nothing;

    private sealed class Box<T>(T value)
    {
        public T Value { get; } = value;
    }

    private sealed class MoneyFormatter : Formatter<Money>
    {
        public override void Write(ObjectWriter writer, Money value) => writer.WriteVarInt64(value.Cents / 100);

        public override Money Read(ObjectReader reader) => new((int)reader.ReadVarInt64());
    }

    private sealed class UsedFormatter : Formatter<Used>
    {
        public override void Write(ObjectWriter writer, Used value) => writer.WriteInt32(value.Number);

        public override Used Read(ObjectReader reader) => new(reader.ReadInt32());
    }

    private sealed class NothingFormatter : Formatter<Nothing>
    {
        public override void Write(ObjectWriter writer, Nothing value)
        {
        }

        public override Nothing Read(ObjectReader reader) => default;
    }

    private sealed class BoxFormatter<T> : Formatter<Box<T>>
    {
        public override void Write(ObjectWriter writer, Box<T> value) => writer.Write(value.Value);

        public override Box<T> Read(ObjectReader reader) => new(reader.Read<T>());
    }
}
