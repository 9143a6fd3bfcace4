namespace Braid.Serialization.Types;

/// <summary>The well-known classes that are bound to their process, each with what to do instead. By name, so that asking loads none of them.</summary>
internal static class BoundTypes
{
    /// <summary>Each reason says what the type is bound to and what to do; first match wins, so the more special come first.</summary>
    private static readonly (string BaseType, string Reason)[] Reasons =
    [
        ("System.IO.Stream", "a stream is a position in a resource of this process. Open it where it is used, inside the lambda, or send its bytes."),
        ("System.IO.TextReader", "a reader is a position in a resource of this process. Open it where it is used, or send its text."),
        ("System.IO.TextWriter", "a writer belongs to a resource of this process. Open it where it is used, or return the text."),
        ("System.Net.Sockets.Socket", "a socket is a connection of this process. Connect where it is used."),
        ("System.Net.Http.HttpMessageInvoker", "it owns connections of this process. Create one where it is used, for example in a static field."),
        ("System.Threading.Tasks.Task", "a task is work that runs in this process. Await it before, and send its result."),
        ("System.Threading.Tasks.ValueTask`1", "a task is work that runs in this process. Await it before, and send its result."),
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
    ];

    /// <summary>Null when neither the type nor a base of it is known to be bound.</summary>
    public static string? ReasonFor(Type type)
    {
        foreach (var (name, reason) in Reasons)
        {
            for (var b = type; b is not null; b = b.BaseType)
            {
                if ((b.IsGenericType ? b.GetGenericTypeDefinition().FullName : b.FullName) == name)
                    return reason;
            }
        }

        return null;
    }
}
