using System.Net.Http;
using System.Net.Sockets;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.InteropServices;
using Braid.Serialization;

namespace Braid.Tests.Serialization;

public class RefusalsTests
{
    private static readonly Func<object>[] Bound =
    [
        () => new MemoryStream(), () => File.OpenHandle("/dev/null"), () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp), () => new StringReader("x"),
        () => new StringWriter(), () => new HttpClient(), () => Task.CompletedTask, () => Task.FromResult(1), () => new Thread(() => { }), () => new ManualResetEvent(false),
        () => New<Lock>(), () => new SemaphoreSlim(1), () => new ReaderWriterLockSlim(), () => new ManualResetEventSlim(), () => new Timer(_ => { }), () => new CancellationTokenSource(),
        () => new CancellationTokenSource().Token, () => (nint)5, () => (nuint)5, () => new WeakReference<object>(new object()), () => new Lazy<int>(() => 1), () => new ThreadLocal<int>(),
        () => typeof(string).Assembly, () => typeof(string).GetMethod("Clone")!, () => System.Diagnostics.Process.GetCurrentProcess(), () => new ValueTask<int>(1),
        () => System.Threading.Channels.Channel.CreateBounded<int>(1), () => new System.ComponentModel.Component(), () => new WithFinalizer(), () => Emitted(),
        () => new List<int> { 1 }.GetEnumerator(), () => new Services(), () => new DerivedMap(),
        () => new NumberOrTruth { Number = 258 }, () => new TextOrItems { Text = "x" }, () => new DerivedTextOrItems { Text = "x" }, () => new Microsoft.Extensions.Logging.Logger(),
    ];

    public static TheoryData<int> Cases() => [.. Enumerable.Range(0, Bound.Length)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_is_bound_to_this_process_is_refused_with_a_path_and_a_reason(int number)
    {
        var value = Bound[number]();
        var e = Assert.Throws<SerializationException>(() => BraidSerializer.Serialize(new Holder("n", [null, new Inner { Held = value }])));
        Assert.Equal("value.Items[1].Held", e.Path);
        Assert.NotNull(e.OffendingType);
        Assert.Contains("cannot travel: ", e.Message, StringComparison.Ordinal);
        var scanned = Assert.Throws<SerializationException>(() => GraphScanner.Find<string>(new Holder("n", [null, new Inner { Held = value }])));
        Assert.Equal(e.Message, scanned.Message);
        (value as IDisposable)?.Dispose();
    }

    [Fact]
    public void The_path_goes_through_structs_dictionaries_closures_and_backing_fields()
    {
        using var stream = new MemoryStream();
        Assert.Equal("value[log].Item2", PathOf(new Dictionary<string, object> { ["log"] = (1, stream) }));
        Assert.Equal("value.Property", PathOf(new WithProperty { Property = stream }));
        Assert.Equal("value.pointer", PathOf(new WithPointer()));
        Assert.Equal("value[2][0]", PathOf(new object[] { 1, "a", new List<object> { stream } }));
        Assert.Equal("value", PathOf<object>(stream));
    }

    [Fact]
    public unsafe void A_pointer_in_whatever_it_lies_is_refused_with_the_name_of_its_field()
    {
        var x = 1;
        RefusesPointer(new Pointing { X = &x }, "value.Items[0]", "X");
        RefusesPointer(new DerivedPointing(), "value.Items[0]", "X");
        RefusesPointer(new StructPointing { Function = null }, "value.Items[0]", "Function");
        RefusesPointer(new Inner { Held = (1, new StructPointing()) }, "value.Items[0].Held.Item2", "Function");
        RefusesPointer(new[] { new StructPointing() }, "value.Items[0][0]", "Function");
        RefusesPointer(new PointingArrays { Arrays = [new int*[1]] }, "value.Items[0].Arrays[0]", null);
        RefusesPointer(new PointingException { X = &x }, "value.Items[0]", "X");
        Assert.Equal(5, RoundTrip.Of(new PointingLeftOut { X = &x, Number = 5 }).Number);

        static void RefusesPointer(object value, string path, string? field)
        {
            var holder = new Holder("n", [value]);
            var e = Assert.Throws<SerializationException>(() => BraidSerializer.Serialize(holder));
            Assert.Equal(path, e.Path);
            Assert.Contains("a pointer or a reference into memory means nothing in another process", e.Message, StringComparison.Ordinal);
            if (field is not null)
                Assert.Contains($"Its field {field} is one", e.Message, StringComparison.Ordinal);
            Assert.Equal(e.Message, Assert.Throws<SerializationException>(() => GraphScanner.Find<string>(holder)).Message);
        }
    }

    [Fact]
    public void A_union_of_numbers_travels_as_its_bits()
    {
        Assert.Equal(0x4048F5C3u, RoundTrip.Of(new NumberOrBits { Number = 3.14f }).Bits);
        Assert.Equal(0x4048F5C3u, RoundTrip.Of(new BitsOfNumber { Number = 3.14f }).Bits);
    }

    [Fact]
    public void Null_travels_whatever_the_type_of_the_field()
    {
        Assert.Null(RoundTrip.Of(new WithProperty()).Property);
        Assert.Null(RoundTrip.Of<FileStream?>(null));
    }

    [Fact]
    public void A_field_left_out_is_default_on_the_other_side()
    {
        using var stream = new MemoryStream();
        Assert.Null(RoundTrip.Of(new WithLeftOut { Cache = stream }).Cache);
    }

    [Fact]
    public void A_writer_is_usable_after_a_refusal()
    {
        Assert.Throws<SerializationException>(() => BraidSerializer.Serialize<object>(Task.CompletedTask));
        Assert.Equal(5, RoundTrip.Of(5));
    }

    private static string? PathOf<T>(T value) => Assert.Throws<SerializationException>(() => BraidSerializer.Serialize(value)).Path;

    private static object New<T>() where T : new() => new T();

    private static object Emitted()
    {
        var module = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("emitted"), AssemblyBuilderAccess.RunAndCollect).DefineDynamicModule("m");
        return Activator.CreateInstance(module.DefineType("T", TypeAttributes.Public).CreateType())!;
    }

    private sealed record Holder(string Name, object?[] Items);

    private sealed class Inner
    {
        public object? Held;
    }

    private sealed class WithProperty
    {
        public Stream? Property { get; set; }
    }

    private sealed class WithPointer
    {
        public nint pointer = 1;
    }

    [StructLayout(LayoutKind.Explicit)]
    private struct NumberOrTruth
    {
        [FieldOffset(0)]
        public int Number;

        [FieldOffset(0)]
        public bool Truth;
    }

    [StructLayout(LayoutKind.Explicit)]
    private struct NumberOrBits
    {
        [FieldOffset(0)]
        public float Number;

        [FieldOffset(0)]
        public uint Bits;
    }

    [StructLayout(LayoutKind.Explicit)]
    private sealed class BitsOfNumber
    {
        [FieldOffset(0)]
        public float Number;

        [FieldOffset(0)]
        public uint Bits;
    }

    [StructLayout(LayoutKind.Explicit)]
    private class TextOrItems
    {
        [FieldOffset(0)]
        public string? Text;

        [FieldOffset(0)]
        public object[]? Items;
    }

    private sealed class DerivedTextOrItems : TextOrItems
    {
        public int Number = 1;
    }

    private sealed class WithLeftOut
    {
        [NonSerialized]
        public Stream? Cache;
    }

    private unsafe class Pointing
    {
        public int* X;
    }

    private sealed class DerivedPointing : Pointing;

    private sealed unsafe class PointingArrays
    {
        public int*[][]? Arrays;
    }

    private unsafe struct StructPointing
    {
        public delegate*<int, void> Function;
    }

    private sealed unsafe class PointingException : Exception
    {
        public int* X;
    }

    private sealed unsafe class PointingLeftOut
    {
        [NonSerialized]
        public int* X;

        public int Number;
    }

    private sealed class WithFinalizer
    {
        public static int Finalized;

        ~WithFinalizer() => Finalized++;
    }

    private sealed class DerivedMap : Dictionary<string, int>;

    private sealed class Services : IServiceProvider
    {
        public object? GetService(Type serviceType) => null;
    }
}
