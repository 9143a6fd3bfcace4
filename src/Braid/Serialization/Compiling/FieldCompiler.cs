using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Braid.Lambdas;
using Braid.Serialization.Graphs;
using Braid.Serialization.Types;

namespace Braid.Serialization.Compiling;

internal delegate void FieldWriter<T>(ObjectWriter writer, ref T value);

internal delegate void FieldReader<T>(ObjectReader reader, ref T value);

internal delegate void FieldScanner<T>(GraphVisitor visitor, ref T value);

/// <summary>
/// Emits the code that writes, reads or scans the fields of one type. It is plain IL: expression trees would cost tens of milliseconds at
/// start-up. Reading stores without a cast: <see cref="ObjectReader.ReadReference"/> has made sure of the type.
/// </summary>
internal static class FieldCompiler
{
    public static FieldWriter<T> Writer<T>(FieldInfo[] fields) =>
        Compile<FieldWriter<T>>("Write", typeof(ObjectWriter), typeof(T), fields);

    public static FieldReader<T> Reader<T>(FieldInfo[] fields) =>
        Compile<FieldReader<T>>("Read", typeof(ObjectReader), typeof(T), fields);

    public static FieldScanner<T> Scanner<T>(FieldInfo[] fields) =>
        Compile<FieldScanner<T>>("Scan", typeof(GraphVisitor), typeof(T), fields);

    /// <summary>A method whose first argument is an array of the formatters that it needs.</summary>
    public static DynamicMethod NewMethod(string verb, Type owner, params ReadOnlySpan<Type> parameters)
    {
        if (!RuntimeFeature.IsDynamicCodeSupported)
            throw new PlatformNotSupportedException($"Braid compiles a serializer for {TypeNames.Of(owner)} at run time. {Lambdas.AheadOfTime.Cause}");
        return new DynamicMethod($"{verb} {owner.Name}", typeof(void), [typeof(object[]), .. parameters], typeof(FieldCompiler).Module, skipVisibility: true);
    }

    private static TDelegate Compile<TDelegate>(string verb, Type context, Type type, FieldInfo[] fields)
        where TDelegate : Delegate
    {
        // Exceptions come here whatever their fields are.
        if (Array.Exists(fields, static field => Travel.IsPointer(field.FieldType)))
            throw new SerializationException(null, type, Travel.WhyNotFields(type)!);
        var method = NewMethod(verb, type, context, type.MakeByRefType());
        var il = method.GetILGenerator();
        var emitter = new FieldEmitter(il, loadTarget: () =>
        {
            il.Emit(OpCodes.Ldarg_2);
            if (!type.IsValueType)
                il.Emit(OpCodes.Ldind_Ref);
        });
        foreach (var field in fields)
            emitter.Emit(verb, new(field, ClosureFields.OfHeld(field)));
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<TDelegate>(emitter.Constants);
    }
}
