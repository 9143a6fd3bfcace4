using System.Reflection;

namespace Braid.Serialization.Types;

/// <summary>Which types are sent field by field, and for the others why not and what to do instead.</summary>
internal static class Travel
{
    // TypeAttributes.Serializable and FieldAttributes.NotSerialized, which are obsolete in name only: the runtime's own marks for
    // "may be copied field by field" and "not this one".
    private const TypeAttributes SerializableMark = (TypeAttributes)0x2000;
    private const FieldAttributes NotSerializedMark = (FieldAttributes)0x80;

    /// <summary>Each reason says what the type is bound to and what to do; first match wins, so the more special come first.</summary>
    private static readonly (string BaseType, string Reason)[] Bound =
    [
        ("System.IO.Stream", "a stream is a position in a resource of this process. Open it where it is used, inside the lambda, or send its bytes."),
        ("System.IO.TextReader", "a reader is a position in a resource of this process. Open it where it is used, or send its text."),
        ("System.IO.TextWriter", "a writer belongs to a resource of this process. Open it where it is used, or return the text."),
        ("System.Net.Sockets.Socket", "a socket is a connection of this process. Connect where it is used."),
        ("System.Net.Http.HttpMessageInvoker", "it owns connections of this process. Create one where it is used, for example in a static field."),
        ("System.Threading.Tasks.Task", "a task is work that runs in this process. Await it before, and send its result."),
        ("System.Threading.Tasks.ValueTask", "a task is work that runs in this process. Await it before, and send its result."),
        ("System.Threading.Thread", "a thread belongs to this process."),
        ("System.Threading.WaitHandle", "a wait handle belongs to this machine. Use the coordination primitives of Braid, or leave it out with [NonSerialized]."),
        ("System.Threading.Lock", "a lock guards memory of this process. Lock where the data is, or leave it out with [NonSerialized]."),
        ("System.Threading.SemaphoreSlim", "a semaphore guards memory of this process. Use the coordination primitives of Braid, or leave it out with [NonSerialized]."),
        ("System.Threading.ReaderWriterLockSlim", "a lock guards memory of this process. Lock where the data is, or leave it out with [NonSerialized]."),
        ("System.Threading.ManualResetEventSlim", "an event signals threads of this process. Use the coordination primitives of Braid, or leave it out with [NonSerialized]."),
        ("System.Threading.CountdownEvent", "an event signals threads of this process. Use the coordination primitives of Braid, or leave it out with [NonSerialized]."),
        ("System.Threading.Barrier", "a barrier joins threads of this process. Use the coordination primitives of Braid."),
        ("System.Threading.Timer", "a timer belongs to this process. Start it where it is used."),
        ("System.Threading.CancellationTokenSource", "it cancels work of this process. Give the lambda a CancellationToken parameter and cancel the task instead."),
        ("System.Threading.CancellationToken", "a token that can still be cancelled belongs to this process. Give the lambda a CancellationToken parameter instead of capturing one."),
        ("System.Threading.ThreadLocal`1", "its values belong to threads of this process."),
        ("System.Threading.AsyncLocal`1", "its value belongs to the flow of this process."),
        ("System.Threading.Channels.Channel`1", "a channel joins tasks of one process. Stream the items instead."),
        ("System.Threading.Channels.ChannelReader`1", "a channel joins tasks of one process. Stream the items instead."),
        ("System.Threading.Channels.ChannelWriter`1", "a channel joins tasks of one process. Stream the items instead."),
        ("System.Diagnostics.Process", "it is a handle of this process to another."),
        ("System.Runtime.InteropServices.SafeHandle", "a native handle means nothing in another process."),
        ("System.Runtime.InteropServices.CriticalHandle", "a native handle means nothing in another process."),
        ("System.Runtime.InteropServices.GCHandle", "a handle to an object means nothing in another process."),
        ("System.IntPtr", "a native pointer or handle means nothing in another process. Send the data; for a mere number use long."),
        ("System.UIntPtr", "a native pointer or handle means nothing in another process. Send the data; for a mere number use ulong."),
        ("System.Reflection.Pointer", "a pointer means nothing in another process."),
        ("System.WeakReference", "a weak reference belongs to the collector of this process. Send the target."),
        ("System.WeakReference`1", "a weak reference belongs to the collector of this process. Send the target."),
        ("System.Lazy`1", "it holds the code and the lock of its computation. Send its Value."),
        ("System.Data.Common.DbConnection", "a connection belongs to this process. Open it where it is used, and send the connection string."),
        ("System.Reflection.Assembly", "it is code of this process. Send its name, or a Type."),
        ("System.Reflection.Module", "it is code of this process. Send its name, or a Type."),
        ("System.Reflection.MemberInfo", "it is code of this process. Send a Type and the member's name, or a delegate."),
        ("System.AppDomain", "it is this process."),
        ("System.Runtime.Loader.AssemblyLoadContext", "it is code of this process."),
        ("System.IServiceProvider", "it owns the services of this process. Send what the lambda needs of it."),
    ];

    private static readonly string[] FrameworkKeys = ["7cec85d7bea7798e", "b03f5f7f11d50a3a", "b77a5c561934e089", "cc7b13ffcd2ddd51"];

    /// <summary>Null when values of this type are sent by their fields.</summary>
    public static string? WhyNot(Type type)
    {
        if (type.IsPointer || type.IsFunctionPointer || type.IsByRef || type.IsByRefLike)
            return "a pointer or a reference into memory means nothing in another process.";
        if (type.Assembly.IsDynamic || type.Assembly.IsCollectible)
            return "its code was generated or can be unloaded at run time, so another process cannot have it.";
        if (type.IsCOMObject)
            return "a COM object belongs to its apartment.";
        if (BoundReason(type) is { } bound)
            return bound;
        if (HasFinalizer(type))
            return "it has a finalizer, so it owns something outside managed memory. Send the data that it was made from, or register a formatter.";
        if (IsFramework(type) && !FrameworkCopies(type))
            return "it belongs to the .NET libraries, and its fields are their private matter. Send the data that it holds, or register a formatter.";
        return null;
    }

    public static bool IsFramework(Type type)
    {
        var key = type.Assembly.GetName().GetPublicKeyToken();
        return key is { Length: 8 } && Array.IndexOf(FrameworkKeys, Convert.ToHexStringLower(key)) >= 0;
    }

    public static bool IsLeftOut(FieldInfo field) => (field.Attributes & NotSerializedMark) != 0;

    private static string? BoundReason(Type type)
    {
        foreach (var (name, reason) in Bound)
        {
            for (var b = type; b is not null; b = b.BaseType)
            {
                if (Is(b, name))
                    return reason;
            }
        }

        foreach (var i in type.GetInterfaces())
        {
            if (i.FullName == "System.IServiceProvider")
                return Bound[^1].Reason;
        }

        return null;
    }

    private static bool Is(Type type, string name) =>
        (type.IsGenericType ? type.GetGenericTypeDefinition().FullName : type.FullName) == name;

    private static bool HasFinalizer(Type type)
    {
        if (type.IsValueType)
            return false;
        var finalizer = type.GetMethod("Finalize", BindingFlags.Instance | BindingFlags.NonPublic, null, Type.EmptyTypes, null);
        return finalizer is not null && finalizer.DeclaringType != typeof(object);
    }

    // Fields of framework types may hold invariants that memory safety stands on, so only those are copied that were made for it
    // (the mark of the former binary formatter, without code of their own), and a few plain ones.
    private static bool FrameworkCopies(Type type)
    {
        if (type == typeof(object))
            return true;
        if ((type.Attributes & SerializableMark) != 0)
            return !typeof(System.Runtime.Serialization.ISerializable).IsAssignableFrom(type);
        var outermost = type;
        while (outermost.DeclaringType is { } declaring)
            outermost = declaring;
        return outermost.FullName is "System.Random" or "System.Linq.Enumerable" or "System.Collections.StructuralComparer" or "System.Collections.StructuralEqualityComparer"
            || (type.Namespace == "System.Linq" && type.Name is "Grouping`2")
            || (type.Namespace == "System.Runtime.CompilerServices" && type.Name is "StrongBox`1");
    }
}
