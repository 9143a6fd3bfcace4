using System.Runtime.CompilerServices;
using Braid.Lambdas;

namespace Braid.Tests.Lambdas;

/// <summary>Every way to make a delegate, there and back; methods that share an entry point or a stub must not be taken for each other.</summary>
public class DelegateKindTests
{
    [Fact]
    public void Static_methods_of_one_signature_share_a_stub_and_are_told_apart()
    {
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(9, Carry.There((Func<int, int>)Square)(3));
            Assert.Equal(27, Carry.There((Func<int, int>)Cube)(3));
        }
    }

    [Fact]
    public void One_method_behind_two_delegate_types()
    {
        Assert.Equal(9, Carry.There((Func<int, int>)Square)(3));
        Assert.IsType<Converter<int, int>>(Carry.There((Converter<int, int>)Square));
    }

    [Fact]
    public void A_delegate_of_every_kind_becomes_one_of_a_type_that_it_converts_to()
    {
        var x = "x";
        var box = new Box<int>();
        Assert.Equal("a1", Converted(static s => s + "1"));
        Assert.Equal("ax", Converted(s => s + x));
        Assert.Equal("aa", Converted(StringExtensions.Twice));
        Assert.Equal("aInt32", Converted(box.NameAfter));
        Assert.Equal("xa", Converted(x.Before));
        Assert.Equal("a", Converted(typeof(object).GetMethod(nameof(ToString))!.CreateDelegate<Func<object, string>>()));
        Assert.Equal("a", Converted(typeof(StringExtensions).GetMethod(nameof(StringExtensions.Before))!.CreateDelegate<Func<string, string>>(null)));
        Func<string, string> one = s => s + x, two = s => x + s;
        var several = one + two;
        Assert.Equal("xa", Converted(several));

        static object Converted(Func<string, string> f)
        {
            Func<string, object> converted = f;
            Assert.NotEqual(typeof(Func<string, object>), converted.GetType());
            var there = Carry.There((Func<string, object>)Binding.As(typeof(Func<string, object>), f));
            Assert.Equal(typeof(Func<string, object>), there.GetType());
            Assert.Equal(f.GetInvocationList().Length, there.GetInvocationList().Length);
            return there("a");
        }
    }

    [Fact]
    public void A_lambda_without_captures_captures_nothing_and_is_one_delegate_for_all_readers()
    {
        Func<int> f = () => 42;
        Assert.True(Lambda.Of(f).CapturesNothing);
        Assert.Equal(42, Carry.There(f)());
        Assert.Same(Carry.There(f), Carry.There(f));
        var x = 1;
        Assert.False(Lambda.Of(() => x).CapturesNothing);
    }

    [Fact]
    public void Fresh_delegates_of_one_lambda_have_one_identity()
    {
        Assert.Same(Lambda.Of(Adder(1)), Lambda.Of(Adder(2)));
        Assert.Equal(3, Carry.There(Adder(1))(2));
        Assert.Equal(4, Carry.There(Adder(2))(2));
    }

    [Fact]
    public void Generic_methods_over_reference_types_share_code_and_are_told_apart()
    {
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal("String", Carry.There((Func<string>)NameOf<string>)());
            Assert.Equal("Object", Carry.There((Func<string>)NameOf<object>)());
            Assert.Equal("Int32", Carry.There((Func<string>)NameOf<int>)());
        }
    }

    [Fact]
    public void Generic_classes_over_reference_types_share_code_and_are_told_apart()
    {
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal("String", Carry.There((Func<string>)new Box<string>().Name)());
            Assert.Equal("Object", Carry.There((Func<string>)new Box<object>().Name)());
            Assert.Equal("String Object", Carry.There((Func<string>)new Box<string>().Names<object>)());
            Assert.Equal("String String", Carry.There((Func<string>)new Box<string>().Names<string>)());
            Assert.Equal("String", Carry.There((Func<string>)Box<string>.StaticName)());
            Assert.Equal("Object", Carry.There((Func<string>)Box<object>.StaticName)());
            Assert.Equal("String", Carry.There(Box<string>.Free)());
            Assert.Equal("Object", Carry.There(Box<object>.Free)());
        }
    }

    [Fact]
    public void Virtual_methods_are_those_of_the_object()
    {
        Base b = new Derived { Value = 3 };
        Assert.Equal("derived 3", Carry.There((Func<string>)b.Describe)());
        Assert.Equal("base 4", Carry.There((Func<string>)new Base { Value = 4 }.Describe)());
    }

    [Fact]
    public void A_base_method_called_past_its_override_stays_the_base_method() =>
        Assert.Equal("base 3", Carry.There(new Derived { Value = 3 }.BaseDescribe())());

    [Fact]
    public void Interface_methods_are_those_of_the_object()
    {
        IDescribed d = new Base { Value = 3 };
        Assert.Equal("base 3", Carry.There((Func<string>)d.Describe)());
        Assert.Equal("default base 3", Carry.There((Func<string>)d.DescribeAtLength)());
    }

    [Fact]
    public void A_static_abstract_member_is_that_of_the_type() => Assert.Equal(42, Carry.There(Parser<int>())("42", null));

    [Fact]
    public void An_extension_method_is_closed_over_its_first_argument()
    {
        Assert.Equal("abab", Carry.There((Func<string>)"ab".Twice)());
        Assert.Equal("ab String", Carry.There((Func<string>)"ab".With<string>)());
        Assert.Equal("ab Object", Carry.There((Func<string>)"ab".With<object>)());
        Assert.Equal("", Carry.There((Func<string>)((string)null!).Twice)());
    }

    [Fact]
    public void A_method_of_a_struct_has_its_copy()
    {
        var counter = new Counter { Value = 41 };
        Assert.Equal(42, Carry.There((Func<int>)counter.Increment)());
        Assert.Equal(41, counter.Value);
        Assert.Equal("5", Carry.There((Func<string>)5.ToString)());
    }

    [Fact]
    public void An_open_instance_method_takes_its_object_as_an_argument()
    {
        var describe = (Func<Base, string>)Delegate.CreateDelegate(typeof(Func<Base, string>), typeof(Base).GetMethod(nameof(Base.Describe))!);
        Assert.Equal("derived 3", Carry.There(describe)(new Derived { Value = 3 }));
        var length = (Func<string, int>)Delegate.CreateDelegate(typeof(Func<string, int>), typeof(string).GetProperty("Length")!.GetMethod!);
        Assert.Equal(2, Carry.There(length)("ab"));
    }

    [Fact]
    public void A_delegate_of_several_targets_calls_them_in_order()
    {
        var calls = new List<int>();
        Action<List<int>> one = to => to.Add(1);
        var two = 2;
        Action<List<int>> both = one + (to => to.Add(two)) + one;
        Carry.There(both)(calls);
        Assert.Equal([1, 2, 1], calls);
        Carry.There(one + one)(calls);
        Assert.Equal([1, 2, 1, 1, 1], calls);
    }

    [Fact]
    public void The_Invoke_of_another_delegate()
    {
        Func<int, int> square = Square;
        Func<int, int> invoke = square.Invoke;
        Assert.Equal(9, Carry.There(invoke)(3));
    }

    [Fact]
    public void A_lambda_that_uses_this_takes_the_object_along()
    {
        var maker = new Maker(20);
        Assert.Equal(42, Carry.There(maker.OfField())(2));
        Assert.Equal(42, Carry.There(maker.OfFieldAndVariable(2))());
        Assert.Equal(0, maker.Calls);
    }

    [Fact]
    public void Parameters_and_results_of_every_kind()
    {
        Transform byReference = (ref int x, out int y, in int z) => y = x++ + z;
        var x = 1;
        Carry.There(byReference)(ref x, out var y, 5);
        Assert.Equal((2, 6), (x, y));
    }

    [Fact]
    public void Default_and_params_parameters_of_lambdas()
    {
        var f = (int x, int y = 40) => x + y;
        Assert.Equal(42, ((dynamic)Carry.There((Delegate)f))(2));
    }

    [Fact]
    public void Recursion_through_a_captured_delegate()
    {
        Func<int, int> fibonacci = null!;
        fibonacci = n => n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
        Assert.Equal(55, Carry.There(fibonacci)(10));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Func<int, int> Adder(int x) => y => x + y;

    private static int Square(int x) => x * x;

    private static int Cube(int x) => x * x * x;

    private static string NameOf<T>() => typeof(T).Name;

    private static Func<string, IFormatProvider?, T> Parser<T>() where T : IParsable<T> => T.Parse;

    private delegate void Transform(ref int x, out int y, in int z);

    private interface IDescribed
    {
        string Describe();

        string DescribeAtLength() => "default " + Describe();
    }

    private class Base : IDescribed
    {
        public int Value { get; init; }

        public virtual string Describe() => $"base {Value}";
    }

    private sealed class Derived : Base
    {
        public override string Describe() => $"derived {Value}";

        public Func<string> BaseDescribe() => base.Describe;
    }

    private sealed class Box<T>
    {
        public static readonly Func<string> Free = () => typeof(T).Name;

        public static string StaticName() => typeof(T).Name;

        public string Name() => typeof(T).Name;

        public string NameAfter(string s) => s + typeof(T).Name;

        public string Names<U>() => $"{typeof(T).Name} {typeof(U).Name}";
    }

    private struct Counter
    {
        public int Value;

        public int Increment() => ++Value;
    }

    private sealed class Maker(int factor)
    {
        private readonly int _offset = 2;

        public int Calls { get; private set; }

        public Func<int, int> OfField() => x => Add(x * factor);

        public Func<int> OfFieldAndVariable(int x) => () => Add(x * factor);

        private int Add(int x)
        {
            Calls++;
            return x + _offset;
        }
    }
}

internal static class StringExtensions
{
    public static string Twice(this string s) => s + s;

    public static string Before(this string? s, string t) => s + t;

    public static string With<T>(this string s) => $"{s} {typeof(T).Name}";
}
