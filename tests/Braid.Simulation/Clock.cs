namespace Braid.Simulation;

/// <summary>Virtual time: what happens next is what is due first; what is due at once happens in order of scheduling.</summary>
internal sealed class Clock
{
    private readonly PriorityQueue<Action, (long At, long Number)> _due = new();
    private long _number;

    public long Now { get; private set; }

    public long Events { get; private set; }

    public void At(long time, Action action) => _due.Enqueue(action, (Math.Max(time, Now), ++_number));

    public void After(long delay, Action action) => At(Now + delay, action);

    public bool Step()
    {
        if (!_due.TryDequeue(out var action, out var due))
            return false;
        Now = due.At;
        Events++;
        action();
        return true;
    }
}
