namespace Braid.Execution;

// Waits inside the body: the slot is given up meanwhile, and held again before the body goes on.
internal abstract partial class TaskExecution
{
    /// <summary>Waits for something that only the task itself knows to have an end. See <see cref="WaitAsync(TaskWait, Task)"/>.</summary>
    public Task WaitAsync(IReadOnlyList<IObjectState> waitedFor, Task completion) => WaitAsync(TaskWait.Unknown(waitedFor), completion);

    /// <summary>Waits for something outside of the task with the slot given up, and returns once the slot is held again.</summary>
    /// <exception cref="OperationCanceledException">The task was cancelled meanwhile.</exception>
    /// <exception cref="DeadlockException">The wait was part of a cycle, and was ended to break it.</exception>
    public async Task WaitAsync(TaskWait wait, Task completion)
    {
        var references = wait.References;
        // What belongs to another cluster, started within the task, is unknown to the scheduler of this one.
        if (wait.References.Any(state => state.Backend != Backend))
            wait = TaskWait.Unknown([.. wait.References.Where(state => state.Backend == Backend)]);
        CancellationToken ending;
        lock (this)
        {
            _waits++;
            _slot ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _granted = false;
            ending = (_waitsEnding ??= new CancellationTokenSource()).Token;
            GiveUpSlot(wait, _waits);
        }

        // Either this thread sees the request to end, or the one that asks sees the source.
        Interlocked.MemoryBarrier();
        if (_cancelRequested)
            EndWaits();
        try
        {
            await completion.WaitAsync(ending).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested && !_cancelRequested && Volatile.Read(ref _deadlock) is not null)
        {
            lock (this)
                (_givenUp ??= new HashSet<IObjectState>(ReferenceEqualityComparer.Instance)).UnionWith(references);
            throw _deadlock!;
        }
        finally
        {
            Task? held = null;
            lock (this)
            {
                // While other waits of the same task go on it keeps no slot, or two waits on one slot could block each other for ever.
                if (--_waits == 0)
                    held = Retake();
            }

            if (held is not null)
                await held.ConfigureAwait(false);
        }
    }

    /// <summary>The slot was granted again.</summary>
    public void Resumed()
    {
        TaskCompletionSource? slot = null;
        lock (this)
        {
            if (_asked == 0)
            {
                // Unasked, because the task was cancelled: its waits are about to end.
                _granted = true;
                return;
            }

            _asked--;
            if (_waits > 0)
            {
                // A wait that began meanwhile has already told the scheduler that the slot is given up once more.
                StillWaiting();
            }
            else
            {
                slot = _slot;
                _slot = null;
            }
        }

        slot?.SetResult();
    }

    private Task? Retake()
    {
        if (_granted)
        {
            _granted = false;
            _slot = null;
            return null;
        }

        // The answer may come within the question, on this very thread.
        var slot = _slot!.Task;
        _asked++;
        AskForSlot();
        return slot;
    }
}
