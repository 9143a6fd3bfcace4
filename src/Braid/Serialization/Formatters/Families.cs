using System.Globalization;
using System.Net;
using System.Text;
using Braid.Lambdas;
using Braid.Serialization.Types;

namespace Braid.Serialization.Formatters;

/// <summary>Formatters chosen by a base class: the runtime's own subclasses of a public type, delegates and exceptions.</summary>
internal static class Families
{
    public static Formatter? Create(Type type)
    {
        if (typeof(Exception).IsAssignableFrom(type))
            return FormatterRegistry.Construct(typeof(ExceptionFormatter<>), type);
        if (type.IsSubclassOf(typeof(MulticastDelegate)))
            return FormatterRegistry.Construct(typeof(DelegateFormatter<>), type);
        if (typeof(Type).IsAssignableFrom(type))
            return new TypeFormatter();
        return Travel.IsFramework(type) ? Framework(type) : null;
    }

    private static Formatter? Framework(Type type)
    {
        if (type == typeof(CultureInfo))
            return new CultureFormatter();
        if (type == typeof(TimeZoneInfo))
            return new TimeZoneFormatter();
        if (typeof(StringComparer).IsAssignableFrom(type))
            return new StringComparerFormatter();
        if (typeof(Encoding).IsAssignableFrom(type))
            return new EncodingFormatter();
        if (typeof(IPAddress).IsAssignableFrom(type))
            return FormatterRegistry.For(typeof(IPAddress));
        if (type == typeof(ReferenceEqualityComparer))
            return new Leaf<ReferenceEqualityComparer>(static (_, _) => { }, static _ => ReferenceEqualityComparer.Instance);
        return GenericFamily(type);
    }

    // EqualityComparer<T>.Default, Comparer<T>.Default and frozen collections are of classes that the runtime picks as it likes.
    private static Formatter? GenericFamily(Type type)
    {
        for (var b = type; b is not null; b = b.BaseType)
        {
            if (!b.IsGenericType)
                continue;
            if (b.GetGenericTypeDefinition() == typeof(EqualityComparer<>))
                return FormatterRegistry.Construct(typeof(DefaultEqualityFormatter<>), b.GetGenericArguments());
            if (b.GetGenericTypeDefinition() == typeof(Comparer<>))
                return FormatterRegistry.Construct(typeof(DefaultOrderFormatter<>), b.GetGenericArguments());
            if (b.Namespace == "System.Collections.Frozen" && Collections.Frozen(b.GetGenericTypeDefinition()) is { } frozen)
                return FormatterRegistry.Construct(frozen, b.GetGenericArguments());
        }

        return null;
    }
}
