using Braid.Scheduling;

namespace Braid.Simulation;

/// <summary>What a worker can be: kept when it is replaced, so that whatever fitted once fits again.</summary>
internal sealed record Shape(int Slots, ResourceAmount[] Resources, int Slowness, bool CanBeKilled);

/// <summary>One attempt of a task at a worker.</summary>
internal sealed class Body(SimTask task, int attempt) : MachineTask
{
    public SimTask Task { get; } = task;

    public int Step { get; set; }

    public int Waits { get; set; }

    public List<SimTask> Children { get; } = [];

    public bool HasValue { get; set; }

    /// <summary>Requests for locks that it has made.</summary>
    public int Asks { get; set; }

    /// <summary>The one that it waits for; 0 for none.</summary>
    public int Asked { get; set; }

    /// <summary>It has asked and was not answered yet: it has its slot still.</summary>
    public bool AwaitsAnswer { get; set; }

    /// <summary>Locks that it was granted and has not given back, with the numbers of its requests.</summary>
    public List<(int Number, int Lock)> Held { get; } = [];

    /// <summary>For a stream: how many more items it may send, and how many it has sent.</summary>
    public int Credit { get; set; } = task.StreamBuffer;

    public int ItemsSent { get; set; }

    /// <summary>It waits for credit and has not heard of any.</summary>
    public bool IsOutOfCredit { get; set; }

    /// <summary>For an actor's life: the constructor has returned here.</summary>
    public bool Constructed { get; set; }

    /// <summary>For an actor's life: the turns of its groups.</summary>
    public MachineLane[] Lanes { get; init; } = [];

    public bool IsRunning => State == MachineTaskState.Running;

    public override string ToString() => $"{Task.Id}#{attempt}";
}

/// <summary>A worker process: the real state machine and a link each way.</summary>
internal sealed class SimWorker : WorkerNode
{
    public SimWorker(int id, Shape shape, int finishedKept)
    {
        Id = id;
        Shape = shape;
        Slots = shape.Slots;
        Resources = shape.Resources;
        Machine = new WorkerMachine(shape.Slots, finishedKept);
    }

    public Shape Shape { get; }

    public override bool CanBeKilled => Shape.CanBeKilled;

    public WorkerMachine Machine { get; }

    public Link Up { get; } = new();

    public Link Down { get; } = new();

    /// <summary>Its process is gone. It may be declared lost long before that, or soon after.</summary>
    public bool Dead { get; set; }

    /// <summary>Its successor has been started.</summary>
    public bool Replaced { get; set; }

    /// <summary>Came in addition to the first ones: it may go without a successor.</summary>
    public bool IsExtra { get; set; }

    public List<Body> Bodies { get; } = [];

    /// <summary>Lives that were sent here, by the actor's id.</summary>
    public Dictionary<long, Body> Lives { get; } = [];

    public override string ToString() => $"worker {Id}";
}

/// <summary>One direction of a connection: frames come in order, each some time after the one before.</summary>
internal sealed class Link
{
    private long _last;
    private long _cutAfter = long.MaxValue;

    public long Sent { get; private set; }

    public (long Number, long At) Send(long now, long delay)
    {
        _last = Math.Max(_last, now + delay);
        return (++Sent, _last);
    }

    /// <summary>Frames after this one never arrive.</summary>
    public void CutAfter(long number) => _cutAfter = Math.Min(_cutAfter, number);

    public bool Arrives(long number) => number <= _cutAfter;

    public long LastArrival => _last;
}
