namespace Braid.Scheduling;

/// <summary>The calls of one caller to one group that were not sent, in the order of submission: the first holds back the others.</summary>
internal sealed class CallQueue(long caller)
{
    public long Caller => caller;

    public TaskNode? First { get; private set; }

    public TaskNode? Last { get; private set; }

    /// <summary>Stands in its group's list of queues whose first may be sent.</summary>
    public bool IsListed { get; set; }

    public void Append(TaskNode call)
    {
        call.Previous = Last;
        call.Next = null;
        if (Last is null)
            First = call;
        else
            Last.Next = call;
        Last = call;
        ((ActorCall)call.Role!).Queue = this;
    }

    /// <summary>For a call that was sent, and is to be sent again: it came before all that wait.</summary>
    public void Prepend(TaskNode call)
    {
        call.Next = First;
        call.Previous = null;
        if (First is null)
            Last = call;
        else
            First.Previous = call;
        First = call;
        ((ActorCall)call.Role!).Queue = this;
    }

    public void Remove(TaskNode call)
    {
        if (call.Previous is null)
            First = call.Next;
        else
            call.Previous.Next = call.Next;
        if (call.Next is null)
            Last = call.Previous;
        else
            call.Next.Previous = call.Previous;
        call.Previous = call.Next = null;
        ((ActorCall)call.Role!).Queue = null;
    }
}
