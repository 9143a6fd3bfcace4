using Braid.Coordination;
using Braid.Deadlocks;

namespace Braid.Simulation.Coordination;

/// <summary>One execution of a coordination world: it does what its script says, and may die at any point.</summary>
internal sealed class Party(int id, Deed[] script)
{
    public int Id => id;

    public Deed[] Script => script;

    public Holder Holder { get; } = new($"party {id}");

    public int Next { get; set; }

    public bool HasEnded { get; set; }

    /// <summary>Its awaited request, or the ends it waits for; null while it goes on.</summary>
    public Ask? Awaited { get; set; }

    public List<Party> Joined { get; } = [];

    public int JoinNeeded { get; set; }

    /// <summary>A wait that it will give up by itself.</summary>
    public bool EndsByItself { get; set; }

    /// <summary>Raised with each wait, so that a time limit of an earlier one is known to be void.</summary>
    public int WaitNumber { get; set; }

    public bool IsWaiting => Awaited is not null || Joined.Count > 0;

    /// <summary>Granted and not given back, in the order granted.</summary>
    public List<Ask> Held { get; } = [];

    public Waiter? Waiter { get; set; }

    public override string ToString() => $"party {id}";
}

/// <summary>A request as its party and the checks see it: what was said of it, apart from what the machine thinks.</summary>
internal sealed class Ask(Party party, Request request, int number)
{
    public Party Party => party;

    public Request Request => request;

    /// <summary>In the order of asking.</summary>
    public int Number => number;

    public bool IsGranted { get; set; }

    /// <summary>Withdrawn, given back, or answered with nothing to keep.</summary>
    public bool IsOver { get; set; }

    /// <summary>Handed to it and not taken.</summary>
    public List<Item> Handed { get; } = [];

    public override string ToString() => $"{party}'s {request.Operation} of {string.Join(", ", request.Targets.Select(target => target.Name))}";
}

/// <summary>One item of a queue, which must be in one place at a time.</summary>
internal sealed class Item(Party producer, int number)
{
    public Party Producer => producer;

    /// <summary>In the order in which its producer offered them to this queue.</summary>
    public int Number => number;

    public bool IsHanded { get; set; }

    public bool IsTaken { get; set; }

    public override string ToString() => $"item {number} of {producer}";
}
