using Braid.Mpi.Objects;

namespace Braid.Mpi.Pools;

/// <summary>A call that waits for a worker or runs on one. A lane completes it; the caller disposes of it.</summary>
internal sealed class PoolCall : IDisposable
{
    private readonly TaskCompletionSource<ByteBlock> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenRegistration _registration;

    public PoolCall(ByteBlock body, CancellationToken cancellation)
    {
        Body = body;
        _registration = cancellation.UnsafeRegister(
            static (state, token) => ((PoolCall)state!)._result.TrySetCanceled(token), this);
    }

    /// <summary>What to run, as a message.</summary>
    public ByteBlock Body { get; }

    public Task<ByteBlock> Result => _result.Task;

    /// <summary>Whether nobody waits for it any more.</summary>
    public bool IsOver => _result.Task.IsCompleted;

    /// <summary>Hands over the result as a message; one that nobody waits for is let go.</summary>
    public void Complete(ByteBlock result)
    {
        if (!_result.TrySetResult(result))
        {
            result.Dispose();
        }
    }

    public void Fail(Exception exception) => _result.TrySetException(exception);

    public void Dispose() => _registration.Dispose();
}
