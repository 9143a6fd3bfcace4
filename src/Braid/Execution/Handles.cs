using Braid.Coordination.Client;
using Braid.Serialization;

namespace Braid.Execution;

/// <summary>The kernel's own types that travel as handles: what they stand for stays where it is.</summary>
internal static class Handles
{
    private static int _registered;

    public static void Register()
    {
        if (Interlocked.Exchange(ref _registered, 1) != 0)
            return;
        FormatterRegistry.RegisterOpenGeneric(typeof(ObjectRef<>), typeof(ObjectRefFormatter<>));
        FormatterRegistry.Register(new ObjectRefFormatter());
        FormatterRegistry.RegisterOpenGeneric(typeof(ActorRef<>), typeof(Actors.ActorRefFormatter<>));
        FormatterRegistry.Register(new ClusterFormatter());
        FormatterRegistry.Register(new LockFormatter());
        FormatterRegistry.Register(new HoldFormatter());
        FormatterRegistry.Register(new SemaphoreFormatter());
        FormatterRegistry.Register(new EventFormatter());
        FormatterRegistry.Register(new BarrierFormatter());
        FormatterRegistry.RegisterOpenGeneric(typeof(DistributedQueue<>), typeof(QueueFormatter<>));
        FormatterRegistry.RegisterOpenGeneric(typeof(DistributedVariable<>), typeof(VariableFormatter<>));
    }
}
