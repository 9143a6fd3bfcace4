using System.Runtime.CompilerServices;
using BenchmarkDotNet.Attributes;
using Braid.Lambdas;
using Braid.Serialization;

namespace Braid.Benchmarks;

/// <summary>What a lambda costs on its way: to be recognized, written, read and looked through.</summary>
[MemoryDiagnoser(displayGenColumns: false)]
public class LambdaBenchmarks
{
    private readonly ObjectWriter _writer = new();
    private readonly ObjectReader _reader = new();
    private readonly Func<int, int> _capturing = Adder(3);
    private readonly Func<int, int> _method = Square;
    private readonly Func<int, List<int>> _holding = Holder([]);
    private byte[] _captures = [];
    private byte[] _whole = [];

    [GlobalSetup]
    public void Setup()
    {
        WriteCaptures();
        _captures = _writer.WrittenSpan.ToArray();
        WriteWhole();
        _whole = _writer.WrittenSpan.ToArray();
    }

    [Benchmark(Baseline = true, Description = "make a capturing delegate")]
    public object Make() => Adder(3);

    [Benchmark(Description = "make one, Lambda.Of")]
    public object OfNew() => Lambda.Of(Adder(3));

    [Benchmark(Description = "make one, Delegate.Method")]
    public object MethodOfNew() => Adder(3).Method;

    [Benchmark(Description = "Lambda.Of a method group")]
    public object OfMethod() => Lambda.Of(_method);

    [Benchmark(Description = "write captures")]
    public void WriteCaptures()
    {
        _writer.Reset();
        Lambda.Of(_capturing).WriteCaptures(_writer, _capturing);
    }

    [Benchmark(Description = "read captures")]
    public object ReadCaptures()
    {
        _reader.Reset(_captures);
        return Lambda.Of(_capturing).ReadCaptures(_reader);
    }

    [Benchmark(Description = "write definition and captures")]
    public void WriteWhole()
    {
        _writer.Reset();
        var lambda = Lambda.Of(_capturing);
        lambda.WriteDefinition(_writer);
        lambda.WriteCaptures(_writer, _capturing);
    }

    [Benchmark(Description = "read definition and captures")]
    public object ReadWhole()
    {
        _reader.Reset(_whole);
        return Lambda.ReadDefinition(_reader).ReadCaptures(_reader);
    }

    [Benchmark(Description = "look through an int")]
    public object FindNothing() => Lambda.Of(_capturing).Find<Lambda>(_capturing);

    [Benchmark(Description = "look through a list")]
    public object FindInList() => Lambda.Of(_holding).Find<Lambda>(_holding);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Func<int, int> Adder(int x) => y => x + y;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Func<int, List<int>> Holder(List<int> list) => y =>
    {
        list.Add(y);
        return list;
    };

    private static int Square(int x) => x * x;
}
