using Braid.Coordination;

namespace Braid.Deadlocks;

/// <summary>An execution that cannot go on by itself: a task that waits inside its body, or one that has not started because its dependencies have not ended.</summary>
/// <param name="subject">What the shell knows it by; opaque here.</param>
/// <param name="order">Of submission: the highest is the youngest.</param>
/// <param name="runs">Whether its body has begun, so that an exception can be raised there.</param>
internal sealed class Waiter(object subject, long order, bool runs)
{
    public object Subject => subject;

    public long Order => order;

    public bool Runs => runs;

    /// <summary>Under way at once: any of them lets it go on.</summary>
    public List<Wait> Waits { get; } = [];

    /// <summary>Nothing was found yet that lets it go on. Touched by the graph.</summary>
    internal bool IsStuck = true;

    public override string? ToString() => subject.ToString();
}

/// <summary>One wait of a waiter.</summary>
internal sealed class Wait
{
    /// <summary>Those of the tasks waited for that cannot go on by themselves. All others are counted out of <see cref="Needed"/>.</summary>
    public Waiter[] Ends { get; init; } = [];

    /// <summary>How many of <see cref="Ends"/> must end. 0 for a wait that ends by itself.</summary>
    public int Needed { get; init; }

    /// <summary>What it asks of a primitive; null for a wait for ends.</summary>
    public Request? Request { get; init; }
}
