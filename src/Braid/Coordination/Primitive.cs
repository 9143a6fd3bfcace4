using System.Diagnostics;

namespace Braid.Coordination;

/// <summary>The state of one primitive and the line of those that wait for it. Pure: no clock, thread or socket. Owned by the machine.</summary>
internal abstract class Primitive(CoordinationMachine machine, PrimitiveKind kind, string name)
{
    public PrimitiveKind Kind => kind;

    /// <summary>Given by the user, or made from its id: for people.</summary>
    public string Name => name;

    /// <summary>Who, beside tasks, could act on it.</summary>
    public Reach Reach { get; set; } = new();

    public bool IsDisposed { get; private set; }

    protected CoordinationMachine Machine => machine;

    /// <summary>First come, first served. A queue has two lines: this one is its takers'.</summary>
    internal LinkedList<Request> Line { get; } = new();

    /// <summary>Answers at once, or puts the request into the line.</summary>
    public abstract void Ask(Request request);

    /// <summary>It was in the line and is out of it already.</summary>
    public virtual void Withdrawn(Request request, bool lost)
    {
    }

    /// <summary>It gives back what it holds.</summary>
    public virtual void Released(Request request, bool abandoned) => throw new UnreachableException($"{this} has nothing to give back.");

    /// <summary>Everything that waits here, in no order.</summary>
    public virtual IEnumerable<Request> Waiting => Line;

    public void Dispose()
    {
        IsDisposed = true;
        foreach (var request in Waiting.ToArray())
            Machine.Finish(request, Outcome.Disposed);
        Clear();
    }

    public override string ToString() => $"{kind.ToString().ToLowerInvariant()} '{name}'";

    protected virtual void Clear()
    {
    }

    protected void Wait(Request request, LinkedList<Request> line)
    {
        if (request.IsTry)
        {
            Machine.Finish(request, Outcome.Refused);
            return;
        }

        Machine.Wait(request, [line]);
    }

    protected void Refuse(Request request) =>
        Machine.Finish(request, new Outcome(OutcomeKind.Invalid, Text: $"{this} knows no operation {request.Operation}."));
}
