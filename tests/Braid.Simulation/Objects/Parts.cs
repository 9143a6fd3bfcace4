using Braid.Engines.Processes;
using Braid.Objects;

namespace Braid.Simulation.Objects;

/// <summary>A value as the driver knows it: what lies in it, and where its bytes are.</summary>
internal sealed class SimObject(long id) : IObjectState
{
    public long Id => id;

    /// <summary>References that stand in its value.</summary>
    public SimObject[] Inside { get; set; } = [];

    /// <summary>Null until it was made.</summary>
    public StoredValue? Stored { get; set; }

    public bool IsReady => Stored is not null;

    /// <summary>Workers that want to hear of the value.</summary>
    public List<Peer> Subscribers { get; } = [];

    /// <summary>The driver has heard of it: a worker that makes a reference has it before.</summary>
    public bool IsKnown { get; set; }

    /// <summary>A collection of the driver has found that nothing can reach it.</summary>
    public bool IsCollected { get; set; }

    /// <summary>Its segments have been deleted.</summary>
    public bool IsDeleted { get; set; }

    public ObjectStatus Status => IsReady ? ObjectStatus.Ready : ObjectStatus.Pending;

    // What only shells ask for.
    public ClusterBackend Backend => throw new NotSupportedException();

    public Task Completion => throw new NotSupportedException();

    public Exception? Error => null;

    public bool IsRebuilding => false;

    public bool TryAwait(Action continuation) => throw new NotSupportedException();

    public Task RebuildAsync(SegmentId lost) => throw new NotSupportedException();

    public T Read<T>() => throw new NotSupportedException();

    public override string ToString() => $"object {id}";
}

/// <summary>A task: it captures references and makes a value that may hold references.</summary>
internal sealed class Job(SimObject result, SimObject[] captures)
{
    public SimObject Result => result;

    public SimObject[] Captures => captures;

    public Peer? Worker { get; set; }

    public int Attempt { get; set; }

    public bool HasEnded { get; set; }
}

/// <summary>What one worker knows of a reference: from the first arrival after a collection to the next that finds it unreachable.</summary>
internal sealed class Copy(SimObject original)
{
    /// <summary>For the checks alone: the worker knows its number and no more.</summary>
    public SimObject Original => original;

    public long Id => original.Id;

    /// <summary>References that the driver has counted and this has not given back.</summary>
    public long Counts { get; set; }

    /// <summary>Null until its value has come.</summary>
    public Copy[]? Inside { get; set; }
}

/// <summary>One attempt of a job at a worker.</summary>
internal sealed record Running(Job Job, int Attempt, Copy[] Captures);

/// <summary>A worker process: the driver's real hold on its references, a link each way, and what its code can reach.</summary>
internal sealed class Peer(int id)
{
    public Exports Exports { get; } = new(_ => null);

    public Link Up { get; } = new();

    public Link Down { get; } = new();

    /// <summary>Its process is gone.</summary>
    public bool IsDead { get; set; }

    /// <summary>The driver reads nothing more of it.</summary>
    public bool IsClosed { get; set; }

    /// <summary>The driver knows that it is gone. Between closing and this it may still be sent something.</summary>
    public bool IsLost { get; set; }

    /// <summary>The copies that arrivals find, by id.</summary>
    public Dictionary<long, Copy> Known { get; } = [];

    /// <summary>References that its code keeps in fields.</summary>
    public List<Copy> Kept { get; } = [];

    /// <summary>Those whose value it has asked for.</summary>
    public List<Copy> Awaited { get; } = [];

    public List<Running> Running { get; } = [];

    public override string ToString() => $"worker {id}";
}
