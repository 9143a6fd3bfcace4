using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Braid.Serialization;

namespace Braid.Benchmarks;

/// <summary>The serializer beside System.Text.Json (by reflection, UTF-8), on the values that tasks mostly carry.</summary>
[MemoryDiagnoser(displayGenColumns: false)]
public class SerializerBenchmarks
{
    private object _value = 0;
    private byte[] _braid = [];
    private byte[] _json = [];
    private Action _writeBraid = null!;
    private Action _readBraid = null!;
    private Action _writeJson = null!;
    private Action _readJson = null!;

    public enum Kind
    {
        Number,
        ShortString,
        SmallRecord,
        RecordsX1000,
        DictionaryX1000,
        DoublesX100000,
    }

    [ParamsAllValues]
    public Kind Value { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        switch (Value)
        {
            case Kind.Number: Prepare(123456); break;
            case Kind.ShortString: Prepare("a short string of text"); break;
            case Kind.SmallRecord: Prepare(NewOrder(1)); break;
            case Kind.RecordsX1000: Prepare(Enumerable.Range(0, 1000).Select(NewOrder).ToList()); break;
            case Kind.DictionaryX1000: Prepare(Enumerable.Range(0, 1000).ToDictionary(static i => $"key {i}")); break;
            default: Prepare(Enumerable.Range(0, 100_000).Select(static i => i * 0.1).ToArray()); break;
        }
    }

    [Benchmark]
    public void BraidWrite() => _writeBraid();

    [Benchmark]
    public void JsonWrite() => _writeJson();

    [Benchmark]
    public void BraidRead() => _readBraid();

    [Benchmark]
    public void JsonRead() => _readJson();

    private static Order NewOrder(int i) => new(i, "customer", i * 1.5, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc), i % 2 == 0);

    private void Prepare<T>(T value)
    {
        _value = value!;
        _braid = BraidSerializer.Serialize(value);
        _json = JsonSerializer.SerializeToUtf8Bytes(value);
        _writeBraid = () => BraidSerializer.Serialize((T)_value);
        _readBraid = () => BraidSerializer.Deserialize<T>(_braid);
        _writeJson = () => JsonSerializer.SerializeToUtf8Bytes((T)_value);
        _readJson = () => JsonSerializer.Deserialize<T>(_json);
    }

    private sealed record Order(int Id, string Name, double Price, DateTime When, bool Paid);
}
