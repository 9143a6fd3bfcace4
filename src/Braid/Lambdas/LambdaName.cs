using System.Reflection;
using System.Text;

namespace Braid.Lambdas;

/// <summary>
/// Names a method as its author would: <c>Maths.Square</c>, <c>Program.Main.Local</c> for a local function,
/// <c>Program.Main lambda (Program.cs:12)</c> for a lambda.
/// </summary>
internal static class LambdaName
{
    public static string Of(MethodBase method)
    {
        var name = Path(method, out var isLambda);
        return isLambda && SourceLocation.Of(method) is { } location ? $"{name} ({location})" : name;
    }

    /// <summary>The name with the file and line, lambda or not: for errors.</summary>
    public static string WithLocation(MethodBase method) =>
        SourceLocation.Of(method) is { } location ? $"{Path(method, out _)} ({location})" : Path(method, out _);

    private static string Path(MethodBase method, out bool isLambda)
    {
        var path = new StringBuilder();
        AppendTypes(path, method.DeclaringType);
        isLambda = AppendMember(path, method.Name);
        return path.ToString();
    }

    // Closures and state machines are nested in the type that the user wrote, and are left out.
    private static void AppendTypes(StringBuilder path, Type? type)
    {
        if (type is null) return;
        AppendTypes(path, type.DeclaringType);
        if (type.Name[0] is '<' or '_' && (GeneratedNames.IsClosure(type) || GeneratedNames.IsStatelessHolder(type))) return;
        if (path.Length > 0) path.Append('.');
        var arity = type.Name.IndexOf('`', StringComparison.Ordinal);
        path.Append(arity < 0 ? type.Name : type.Name.AsSpan(0, arity));
    }

    // <Main>b__0_1 is a lambda in Main, <Main>g__Local|0_1 a local function, <<Main>b__0>g__Local|1 one inside a lambda.
    private static bool AppendMember(StringBuilder path, string name)
    {
        if (name.StartsWith("_Lambda$__", StringComparison.Ordinal))
        {
            path.Append(" lambda");
            return true;
        }

        var end = name[0] == '<' ? ClosingAngle(name) : -1;
        if (end < 0 || end + 1 >= name.Length || name[end + 1] is not ('b' or 'g'))
        {
            AppendPlain(path, name);
            return false;
        }

        AppendMember(path, name[1..end]);
        if (name[end + 1] == 'b')
        {
            // A lambda in a lambda is still one lambda to who reads the name: the line tells which.
            if (!path.ToString().EndsWith(" lambda", StringComparison.Ordinal)) path.Append(" lambda");
            return true;
        }

        var local = name.AsSpan(end + "g__".Length + 1);
        var bar = local.IndexOf('|');
        path.Append('.').Append(bar < 0 ? local : local[..bar]);
        return false;
    }

    private static void AppendPlain(StringBuilder path, string name)
    {
        path.Append(name switch
        {
            "<Main>$" => ".Main",                               // top-level statements
            ".ctor" => " constructor",
            ".cctor" => " static constructor",
            _ when name.StartsWith("get_", StringComparison.Ordinal) => $".{name["get_".Length..]}",
            _ when name.StartsWith("set_", StringComparison.Ordinal) => $".{name["set_".Length..]}",
            _ => $".{name}",
        });
    }

    private static int ClosingAngle(string name)
    {
        var depth = 0;
        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] == '<') depth++;
            else if (name[i] == '>' && --depth == 0) return i;
        }

        return -1;
    }
}
