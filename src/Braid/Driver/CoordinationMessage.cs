using Braid.Coordination;
using Braid.Coordination.Client;

namespace Braid.Driver;

/// <summary>A request to a primitive, or the creation of one, on its way into the machine.</summary>
internal sealed class CoordinationMessage
{
    public required Operation Operation { get; init; }

    /// <summary>The primitives asked; the one made.</summary>
    public required PrimitiveRecord[] Targets { get; init; }

    public long Number { get; init; }

    public bool IsTry { get; init; }

    /// <summary>What is put, or the first value of a variable.</summary>
    public object[] Items { get; init; } = [];

    /// <summary>Who asks in this process; null when it came by a frame.</summary>
    public CoordinationCall? Call { get; init; }

    /// <summary>The number of the request at its worker, when it came by a frame.</summary>
    public long CallNumber { get; init; }

    /// <summary>Of a creation.</summary>
    public PrimitiveKind Kind { get; init; }

    /// <summary>Of a creation; null for none.</summary>
    public string? Name { get; init; }
}
