namespace Braid.Execution;

/// <summary>
/// The end of something as a <see cref="System.Threading.Tasks.Task"/> that is made only when somebody waits for it: most references are
/// awaited after they have ended. A mutable struct: keep it in a field and never copy it.
/// </summary>
internal struct Completion
{
    private volatile TaskCompletionSource? _source;
    private volatile bool _completed;

    public readonly bool IsCompleted => _completed;

    public Task Task
    {
        get
        {
            if (_completed)
                return Task.CompletedTask;
            if (_source is null)
                Interlocked.CompareExchange(ref _source, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null);
            // Either this thread sees the completion, or Complete sees the source.
            Interlocked.MemoryBarrier();
            if (_completed)
                _source!.TrySetResult();
            return _source!.Task;
        }
    }

    public void Complete()
    {
        _completed = true;
        Interlocked.MemoryBarrier();
        _source?.TrySetResult();
    }
}
