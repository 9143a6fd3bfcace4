using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Braid.Serialization.Graphs;

namespace Braid.Serialization.Compiling;

/// <summary>
/// Chosen fields of a class: the variables of a closure that a lambda can reach. Made once a lambda; both ends choose the same fields.
/// Objects written so keep their identity, also towards other lambdas that chose other fields of the same closure.
/// </summary>
internal sealed class FieldSubset
{
    // One bit a field; the last bit stands for itself and all further fields.
    private const int Bits = 64;

    private static readonly ConcurrentDictionary<Type, FieldSubset> Wholes = new();

    private readonly Entry[] _entries;
    private Action<ObjectWriter, object, ulong>? _write;
    private Action<ObjectReader, object, ulong>? _read;
    private Action<GraphVisitor, object, ulong>? _scan;

    public FieldSubset(Type type, Entry[] entries)
    {
        if (type.IsValueType || type.IsAbstract || type.ContainsGenericParameters)
            throw new ArgumentException($"{type} is no closure class.", nameof(type));
        Type = type;
        _entries = entries;
        AllFields = _entries.Length >= Bits ? ulong.MaxValue : (1UL << _entries.Length) - 1;
    }

    public Type Type { get; }

    public ReadOnlySpan<Entry> Entries => _entries;

    /// <summary>A bit for each field.</summary>
    public ulong AllFields { get; }

    /// <summary>All fields of a closure: for one that is met as an object after a lambda has sent a part of it.</summary>
    public static FieldSubset Whole(Type closure) =>
        Wholes.GetOrAdd(closure, static type => new FieldSubset(type, Array.ConvertAll(Shape.Of(type).Fields, static field => new Entry(field))));

    public object CreateInstance() => RuntimeHelpers.GetUninitializedObject(Type);

    public void WriteFields(ObjectWriter writer, object target, ulong fields) =>
        (_write ??= Compile<Action<ObjectWriter, object, ulong>, ObjectWriter>("Write"))(writer, target, fields);

    public void ReadFields(ObjectReader reader, object target, ulong fields) =>
        (_read ??= Compile<Action<ObjectReader, object, ulong>, ObjectReader>("Read"))(reader, target, fields);

    public void ScanFields(GraphVisitor visitor, object target, ulong fields) =>
        (_scan ??= Compile<Action<GraphVisitor, object, ulong>, GraphVisitor>("Scan"))(visitor, target, fields);

    /// <summary>Adds all fields to those claimed, and returns the bits of those that were new. A nested closure is always visited: it may lack fields too.</summary>
    public ulong AddMissing(HashSet<FieldInfo> claimed)
    {
        var missing = 0UL;
        for (var i = 0; i < _entries.Length; i++)
        {
            if (claimed.Add(_entries[i].Field) || _entries[i].Nested is not null)
                missing |= BitOf(i);
        }

        return missing;
    }

    public void CopyFieldsTo(HashSet<FieldInfo> claimed)
    {
        foreach (var entry in _entries)
            claimed.Add(entry.Field);
    }

    private static ulong BitOf(int entry) => 1UL << Math.Min(entry, Bits - 1);

    private TDelegate Compile<TDelegate, TContext>(string verb) where TDelegate : Delegate
    {
        var method = FieldCompiler.NewMethod(verb, Type, typeof(TContext), typeof(object), typeof(ulong));
        var il = method.GetILGenerator();
        var emitter = new FieldEmitter(il, loadTarget: () => il.Emit(OpCodes.Ldarg_2));
        for (var i = 0; i < _entries.Length; i++)
        {
            var next = il.DefineLabel();
            il.Emit(OpCodes.Ldarg_3);
            il.Emit(OpCodes.Ldc_I8, (long)BitOf(i));
            il.Emit(OpCodes.And);
            il.Emit(OpCodes.Brfalse, next);
            emitter.Emit(verb, _entries[i]);
            il.MarkLabel(next);
        }

        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<TDelegate>(emitter.Constants);
    }

    /// <summary>A field, and which fields of its value where that is a closure itself.</summary>
    /// <remarks>A class, because the runtime brings lists of references compiled, and those of structs are compiled in each process.</remarks>
    public sealed class Entry(FieldInfo field, FieldSubset? nested = null)
    {
        public FieldInfo Field { get; } = field;

        public FieldSubset? Nested { get; } = nested;
    }
}
