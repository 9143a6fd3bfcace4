using System.Collections.Concurrent;
using Braid.Lambdas;
using Braid.Serialization;

namespace Braid.Engines.Processes;

/// <summary>A function that tasks run, as it is told to a worker once.</summary>
internal sealed class FunctionDefinition(int id, Lambda lambda, byte[] bytes)
{
    /// <summary>From 0 upwards, within one end of a session.</summary>
    public int Id => id;

    public Lambda Lambda => lambda;

    public byte[] Bytes => bytes;

    public string Name => lambda.Name;
}

/// <summary>The functions that this end has sent or is about to send, numbered. Thread-safe.</summary>
internal sealed class FunctionTable
{
    private readonly ConcurrentDictionary<Lambda, FunctionDefinition> _known = new(ReferenceEqualityComparer.Instance);
    private int _count;

    public FunctionDefinition Of(Lambda lambda) =>
        _known.TryGetValue(lambda, out var known) ? known : Add(lambda);

    private FunctionDefinition Add(Lambda lambda)
    {
        lock (_known)
        {
            if (_known.TryGetValue(lambda, out var known))
                return known;
            var writer = new ObjectWriter();
            lambda.WriteDefinition(writer);
            var definition = new FunctionDefinition(_count++, lambda, writer.WrittenSpan.ToArray());
            _known.TryAdd(lambda, definition);
            return definition;
        }
    }
}
