namespace Braid.Scheduling;

/// <summary>
/// The bound of one actor's pending calls, and who waits for room. Callers enter on threads of their own; all else happens while the inbox is drained. While
/// somebody waits a call is pending, whose end lets somebody go on: so nobody is forgotten.
/// </summary>
internal sealed class Mailbox<TWaiter>(int capacity)
{
    private readonly Queue<TWaiter> _waiting = new();
    private int _pending;

    public int Capacity => capacity;

    /// <summary>Calls let in and not ended.</summary>
    public int Pending => Volatile.Read(ref _pending);

    public int WaitingCount => _waiting.Count;

    /// <summary>
    /// Counts a call in; false when there is no room. Thread-safe. The count is never above the bound, not even for a moment: or whoever asks for room
    /// then would wait although no call is pending.
    /// </summary>
    public bool TryEnter()
    {
        var pending = Volatile.Read(ref _pending);
        while (pending < capacity)
        {
            var seen = Interlocked.CompareExchange(ref _pending, pending + 1, pending);
            if (seen == pending)
                return true;
            pending = seen;
        }

        return false;
    }

    /// <summary>True when there is room. Otherwise the waiter is let go by <see cref="Leave"/> or <see cref="Close"/>, first come first.</summary>
    public bool AwaitRoom(TWaiter waiter)
    {
        if (Pending < capacity)
            return true;
        _waiting.Enqueue(waiter);
        return false;
    }

    /// <summary>
    /// A call has ended, or could not be sent after it was let in. As many go on as there is room, and all when nothing is pending any more: those who were
    /// let go before may have changed their minds.
    /// </summary>
    public void Leave(Action<TWaiter> letGo)
    {
        var pending = Interlocked.Decrement(ref _pending);
        for (var room = pending == 0 ? int.MaxValue : capacity - pending; room > 0 && _waiting.TryDequeue(out var next); room--)
            letGo(next);
    }

    /// <summary>The actor is dead: the next call will say so.</summary>
    public void Close(Action<TWaiter> letGo)
    {
        while (_waiting.TryDequeue(out var next))
            letGo(next);
    }
}
