using System.Collections.Concurrent;
using System.Reflection;
using Braid.Serialization;
using Braid.Serialization.Compiling;
using Braid.Serialization.Types;

namespace Braid.Lambdas;

/// <summary>Chooses which fields of a closure travel: those that some code can read, of the closures of outer scopes too.</summary>
internal static class ClosureFields
{
    private static readonly ConcurrentDictionary<FieldInfo, FieldSubset> Held = new();

    /// <param name="closure">The closure.</param>
    /// <param name="read">The tokens of the fields that the code can read, or null for all.</param>
    /// <param name="pointer">What is thrown where one of them is a pointer.</param>
    public static FieldSubset Choose(Type closure, HashSet<int>? read, Func<FieldInfo, Exception> pointer)
    {
        var fields = closure.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly);
        Array.Sort(fields, static (a, b) => a.MetadataToken.CompareTo(b.MetadataToken));
        var entries = new List<FieldSubset.Entry>(fields.Length);
        foreach (var field in fields)
        {
            if (GeneratedNames.IsDelegateCache(field.Name) || read?.Contains(field.MetadataToken) == false) continue;
            if (Travel.IsPointer(field.FieldType)) throw pointer(field);
            // A closure of an inner scope leads to that of the outer one, of which likewise only what is read is taken.
            entries.Add(new(field, GeneratedNames.IsClosure(field.FieldType) ? Choose(field.FieldType, read, pointer) : null));
        }

        return new FieldSubset(closure, [.. entries]);
    }

    /// <summary>
    /// Of a closure that an iterator holds, what the iterator's code can read: it was called, but no more of its scope travels with it than with the
    /// function itself. Null for any other field.
    /// </summary>
    public static FieldSubset? OfHeld(FieldInfo field) =>
        GeneratedNames.IsClosure(field.FieldType) && !field.FieldType.IsValueType && field.DeclaringType is { } holder && GeneratedNames.IsStateMachine(holder)
            ? Held.GetOrAdd(field, static field => Choose(field.FieldType, ReachableFields.OfStateMachine(field.DeclaringType!), pointer => Unfit(field, pointer)))
            : null;

    private static SerializationException Unfit(FieldInfo held, FieldInfo pointer) =>
        new(null, held.DeclaringType!, Travel.WhyNotFields(pointer.DeclaringType!)!);
}
