namespace Braid.Coordination;

/// <summary>
/// One execution that can hold and wait: an attempt of a task, a call of an actor, or a process as such. When it ends, what it holds is
/// released and what it waits for is withdrawn.
/// </summary>
internal class Holder(string? name = null)
{
    /// <summary>Waiting and holding, in the order asked.</summary>
    internal LinkedList<Request> Requests { get; } = new();

    public bool HasEnded { get; internal set; }

    public override string ToString() => name ?? "nobody";
}
