using System.Text;

namespace Braid.Serialization;

/// <summary>Type names as a C# programmer writes them, for messages.</summary>
internal static class TypeNames
{
    // A message needs no more than this of a hostile or generated name.
    private const int MaxChars = 300;

    public static string Of(Type type)
    {
        var name = new StringBuilder();
        Append(name, type);
        return name.Length <= MaxChars ? name.ToString() : name.ToString(0, MaxChars) + "…";
    }

    private static void Append(StringBuilder name, Type type)
    {
        if (name.Length > MaxChars)
            return;
        if (type.IsArray)
        {
            Append(name, type.GetElementType()!);
            name.Append('[').Append(',', type.GetArrayRank() - 1).Append(']');
        }
        else if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            Append(name, underlying);
            name.Append('?');
        }
        else if (type.IsPointer)
        {
            Append(name, type.GetElementType()!);
            name.Append('*');
        }
        else if (type.IsFunctionPointer)
        {
            name.Append(type); // it has no name but its signature
        }
        else if (type.IsGenericParameter || type.HasElementType)
        {
            name.Append(type.Name);
        }
        else
        {
            AppendNamed(name, type);
        }
    }

    private static void AppendNamed(StringBuilder name, Type type)
    {
        var full = type.IsGenericType ? type.GetGenericTypeDefinition().FullName! : type.FullName ?? type.Name;
        var arguments = type.GetGenericArguments();
        var next = 0;
        for (var i = 0; i < full.Length; i++)
        {
            if (full[i] == '`')
            {
                var count = 0;
                while (i + 1 < full.Length && char.IsAsciiDigit(full[i + 1]))
                    count = (10 * count) + full[++i] - '0';
                name.Append('<');
                for (var k = 0; k < count && next < arguments.Length; k++)
                {
                    if (k > 0)
                        name.Append(", ");
                    Append(name, arguments[next++]);
                }

                name.Append('>');
            }
            else
            {
                name.Append(full[i] == '+' ? '.' : full[i]);
            }
        }
    }
}
