using System.Reflection;
using Braid.Serialization;

namespace Braid.Lambdas;

/// <summary>
/// What names a method to another process of the same build: assembly, module version id, metadata token, and the generic arguments of
/// its type and its own.
/// </summary>
/// <remarks>Grammar: <c>name:string mvid:16 bytes token:int32 count:varint type* count:varint type*</c>.</remarks>
internal static class MethodIdentity
{
    // The runtime itself has no bound, but nobody has written more and a hostile payload could claim any number.
    private const int GenericArgumentsMax = 256;

    public static void Write(ObjectWriter writer, MethodInfo method)
    {
        var module = method.Module;
        writer.WriteString(SimpleName(module.Assembly));
        Span<byte> mvid = stackalloc byte[16];
        module.ModuleVersionId.TryWriteBytes(mvid);
        writer.WriteRaw(mvid);
        writer.WriteInt32(method.MetadataToken);
        WriteTypes(writer, method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : []);
        WriteTypes(writer, method.IsGenericMethod ? method.GetGenericArguments() : []);
    }

    /// <exception cref="CodeMismatchException">The assembly is another build here, or missing.</exception>
    /// <exception cref="SerializationException">The bytes name no method.</exception>
    public static MethodInfo Read(ObjectReader reader)
    {
        var name = reader.ReadString() ?? throw new SerializationException("The name of a lambda's assembly is missing.");
        var module = LoadedCode.Find(name, new Guid(reader.ReadRaw(16)));
        var token = reader.ReadInt32();
        var typeArguments = ReadTypes(reader);
        var methodArguments = ReadTypes(reader);
        try
        {
            return Close(module.ResolveMethod(token), typeArguments, methodArguments);
        }
        catch (Exception e) when (e is ArgumentException or BadImageFormatException or InvalidOperationException or TypeLoadException or NotSupportedException)
        {
            throw new SerializationException($"Token 0x{token:X8} with {typeArguments.Length} and {methodArguments.Length} generic arguments names no method of {name}.", e);
        }
    }

    // Assembly.GetName() works out keys and versions too, which costs a fresh process two milliseconds.
    private static string SimpleName(Assembly assembly)
    {
        var name = assembly.FullName!;
        var end = name.IndexOf(',', StringComparison.Ordinal);
        return end > 0 && !name.Contains('\\', StringComparison.Ordinal) ? name[..end] : assembly.GetName().Name!;
    }

    private static MethodInfo Close(MethodBase? definition, Type[] typeArguments, Type[] methodArguments)
    {
        var method = definition as MethodInfo ?? throw new ArgumentException("Not a method, or a constructor.");
        if (typeArguments.Length > 0)
        {
            var type = method.DeclaringType!.MakeGenericType(typeArguments);
            method = (MethodInfo)MethodBase.GetMethodFromHandle(method.MethodHandle, type.TypeHandle)!;
        }

        if (methodArguments.Length > 0) method = method.MakeGenericMethod(methodArguments);
        return method.ContainsGenericParameters ? throw new ArgumentException("Generic arguments are missing.") : method;
    }

    private static void WriteTypes(ObjectWriter writer, Type[] types)
    {
        writer.WriteVarUInt64((ulong)types.Length);
        foreach (var type in types) writer.WriteType(type);
    }

    private static Type[] ReadTypes(ObjectReader reader)
    {
        var count = reader.ReadVarUInt64();
        if (count > GenericArgumentsMax)
            throw new SerializationException($"A lambda claims {count} generic arguments; at most {GenericArgumentsMax} are accepted.");
        var types = new Type[count];
        for (var i = 0; i < types.Length; i++) types[i] = reader.ReadType();
        return types;
    }
}
