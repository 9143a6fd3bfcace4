using Braid.Scheduling;

namespace Braid.Driver;

/// <summary>An attempt that waits inside its body, as far as its worker has told.</summary>
internal sealed class BlockedTask(TaskNode task, int attempt, WorkerNode worker)
{
    public TaskNode Task => task;

    public int Attempt => attempt;

    public WorkerNode Worker => worker;

    /// <summary>Under way at once, in the order told.</summary>
    public List<BlockedOn> Waits { get; } = [];

    /// <summary>Some wait ended while others went on, which workers do not tell: what the task does beside them is not known.</summary>
    public bool IsUnclear { get; private set; }

    /// <summary>The exception is on its way: it is about to go on.</summary>
    public bool IsBroken { get; set; }

    /// <summary>Searches since its latest wait began. One that has seen none may have news on its way.</summary>
    public int Looks { get; set; }

    public void Add(BlockedOn wait)
    {
        if (wait.UnderWay == 1)
        {
            Waits.Clear();
            IsUnclear = false;
        }

        IsUnclear |= wait.UnderWay != Waits.Count + 1;
        IsBroken = false;
        Looks = 0;
        Waits.Add(wait);
    }
}
