using Braid.Driver;
using Braid.Execution;
using Braid.Lambdas;

namespace Braid.Engines.Processes;

/// <summary>A task for worker processes: which function, and what it captures.</summary>
internal sealed class ProcessSpec(FunctionDefinition function, Payload captures, bool isStream) : TaskSpec
{
    public FunctionDefinition Function => function;

    public Payload Captures => captures;

    public bool IsStream => isStream;

    public override string Name => function.Name;

    /// <summary>At once, not at some collection: captures may be large, and the next ones take their pages.</summary>
    public override void Release() => captures.Lease?.Dispose();

    public override IObjectState[] References => captures.References;

    public override long Bytes => captures.TotalBytes;

    public override TaskSpec With(IObjectState[] references) => new ProcessSpec(function, captures.With(references), isStream);
}
