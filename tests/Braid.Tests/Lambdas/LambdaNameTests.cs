using System.Runtime.CompilerServices;
using Braid.Lambdas;

namespace Braid.Tests.Lambdas;

public class LambdaNameTests
{
    private readonly int _field = 1;

    private static Func<int> FromProperty => () => 1;

    [Fact]
    public void A_lambda_is_named_by_its_method_file_and_line()
    {
        var x = 1;
        Assert.Equal($"LambdaNameTests.{Here()} lambda (LambdaNameTests.cs:{Line()})", NameOf(() => 1));
        Assert.Equal($"LambdaNameTests.{Here()} lambda (LambdaNameTests.cs:{Line()})", NameOf(() => x));
        Assert.Equal($"LambdaNameTests.{Here()} lambda (LambdaNameTests.cs:{Line()})", NameOf(() => _field));
    }

    [Fact]
    public void An_async_lambda_has_the_line_of_its_body()
    {
        var line = Line() + 1;
        var name = NameOf(async () =>
        {
            await Task.Yield();
            return 1;
        });
        // The first point of the body is its opening brace in Debug, its first statement in Release.
        var prefix = $"LambdaNameTests.{Here()} lambda (LambdaNameTests.cs:";
        Assert.Contains(name, (string[])[$"{prefix}{line + 1})", $"{prefix}{line + 2})"]);
    }

    [Fact]
    public void A_lambda_in_a_lambda_is_named_by_the_method_around_both()
    {
        Func<Func<int>> outer = () => () => 1;
        Assert.Equal($"LambdaNameTests.{Here()} lambda (LambdaNameTests.cs:{Line() - 1})", NameOf(outer()));
    }

    [Fact]
    public void Method_groups_and_local_functions_are_named_like_methods()
    {
        static int Local() => 1;
        Assert.Equal("Maths.Square", NameOf((Func<int, int>)Maths.Square));
        Assert.Equal("LambdaNameTests.Nested.Cube", NameOf((Func<int, int>)Nested.Cube));
        Assert.Equal($"LambdaNameTests.{Here()}.Local", NameOf((Func<int>)Local));
    }

    [Fact]
    public void Lambdas_of_properties_constructors_and_generic_types_have_the_names_of_these()
    {
        Assert.StartsWith("LambdaNameTests.FromProperty lambda (", NameOf(FromProperty));
        Assert.StartsWith("LambdaNameTests.Nested constructor lambda (", NameOf(new Nested().Made));
        Assert.StartsWith("LambdaNameTests.Box.Get lambda (", NameOf(new Box<string>().Get()));
    }

    private static string NameOf(Delegate d) => Lambda.Of(d).Name;

    private static string NameOf<T>(Func<T> d) => Lambda.Of(d).Name;

    private static int Line([CallerLineNumber] int line = 0) => line;

    private static string Here([CallerMemberName] string name = "") => name;

    private sealed class Nested
    {
        public readonly Func<int> Made;

        public Nested() => Made = () => 1;

        public static int Cube(int x) => x * x * x;
    }

    private sealed class Box<T>
    {
        public Func<string> Get() => () => typeof(T).Name;
    }
}

internal static class Maths
{
    public static int Square(int x) => x * x;
}
