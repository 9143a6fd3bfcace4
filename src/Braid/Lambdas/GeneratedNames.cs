namespace Braid.Lambdas;

/// <summary>
/// What the compilers call the things that they make, and what the user called them. No identifier of C# or Visual Basic can look like
/// these names, so a name is proof enough; reading <c>CompilerGeneratedAttribute</c> instead costs a fresh process several milliseconds.
/// </summary>
internal static class GeneratedNames
{
    /// <summary>A class (or, for local functions, a struct) that holds captured variables.</summary>
    public static bool IsClosure(Type type) =>
        type.Name.StartsWith("<>c__DisplayClass", StringComparison.Ordinal) || type.Name.StartsWith("_Closure$__", StringComparison.Ordinal);

    /// <summary>The class of the lambdas that capture nothing; its one instance has no fields.</summary>
    public static bool IsStatelessHolder(Type type) =>
        (type.Name.StartsWith("<>c", StringComparison.Ordinal) && !IsClosure(type)) || type.Name is "_Closure$__";

    /// <summary>The class or struct that an async method or an iterator becomes.</summary>
    public static bool IsStateMachine(Type type) =>
        (type.Name[0] == '<' && type.Name.Contains(">d", StringComparison.Ordinal))
        || type.Name.StartsWith("VB$StateMachine_", StringComparison.Ordinal);

    /// <summary>Whether a compiler made this method, so that it may read the fields of a closure; a user's own method cannot name them.</summary>
    public static bool IsGenerated(string methodName, Type? declaringType) =>
        methodName[0] == '<'
        || methodName.StartsWith("_Lambda$__", StringComparison.Ordinal)
        || (declaringType is not null && (IsClosure(declaringType) || IsStateMachine(declaringType)));

    /// <summary>The field of a closure in which the compiler keeps a delegate that it made, to use it again; it can be made anew.</summary>
    public static bool IsDelegateCache(string fieldName) =>
        fieldName.StartsWith("<>9__", StringComparison.Ordinal) || fieldName.StartsWith("$I", StringComparison.Ordinal);

    /// <summary>The link from a closure of an inner scope to that of the outer one: no variable of the user's.</summary>
    public static bool IsScopeLink(string fieldName) =>
        fieldName.StartsWith("CS$<>8__", StringComparison.Ordinal) || fieldName.StartsWith("$VB$NonLocal_", StringComparison.Ordinal)
        || fieldName.StartsWith("<>8__", StringComparison.Ordinal);

    /// <summary>
    /// A field as the user wrote it: <c>this</c> for <c>&lt;&gt;4__this</c>, <c>x</c> for <c>&lt;x&gt;5__2</c>, <c>&lt;&gt;3__x</c> and the
    /// primary constructor's <c>&lt;x&gt;P</c>, <c>Name</c> for the backing field of a property. An ordinary name stays as it is.
    /// </summary>
    public static string Variable(string fieldName)
    {
        if (fieldName.StartsWith("<>4__this", StringComparison.Ordinal) || fieldName is "$VB$Me") return "this";
        if (fieldName.StartsWith("$VB$Local_", StringComparison.Ordinal)) return fieldName["$VB$Local_".Length..];
        if (fieldName.StartsWith("<>", StringComparison.Ordinal))
        {
            var name = fieldName.IndexOf("__", StringComparison.Ordinal);
            return name > 0 && name + 2 < fieldName.Length ? fieldName[(name + 2)..] : fieldName;
        }

        return fieldName[0] == '<' && fieldName.IndexOf('>') is var end and > 1 ? fieldName[1..end] : fieldName;
    }
}
