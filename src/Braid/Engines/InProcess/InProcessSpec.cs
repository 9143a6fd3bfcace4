using Braid.Driver;
using Braid.Execution;
using Braid.Lambdas;

namespace Braid.Engines.InProcess;

/// <summary>A task for threads: the delegate itself.</summary>
internal sealed class InProcessSpec(Delegate body, Invoker invoker, Lambda lambda) : TaskSpec
{
    public Delegate Body => body;

    public Invoker Invoker => invoker;

    public override string Name => lambda.Name;
}
