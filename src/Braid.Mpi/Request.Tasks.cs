using System.Runtime.CompilerServices;

namespace Braid.Mpi;

/// <content>Awaiting.</content>
public sealed partial class Request
{
    /// <summary>Lets a request be awaited.</summary>
    public TaskAwaiter<Status> GetAwaiter() => AsTask().AsTask().GetAwaiter();

    /// <summary>Completes when all are done.</summary>
    /// <exception cref="MpiException">One failed; the others are done too.</exception>
    public static Task<Status[]> WhenAll(params IReadOnlyList<Request> requests) =>
        Task.WhenAll(requests.Select(static r => r.AsTask().AsTask()));

    /// <summary>Completes with the index of the first that is done.</summary>
    public static async Task<int> WhenAny(params IReadOnlyList<Request> requests)
    {
        var tasks = requests.Select(static r => r.AsTask().AsTask()).ToArray();
        return Array.IndexOf(tasks, await Task.WhenAny(tasks));
    }

    /// <summary>What only an awaited request needs, so that the others are small.</summary>
    private sealed class Awaiting(CancellationToken token)
        : TaskCompletionSource<Status>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        private const int Asked = 1;
        private const int Taken = 2;

        private int _cancelling;

        public CancellationToken Token => token;

        public CancellationTokenRegistration Registration { get; set; }

        /// <summary>Whether MPI was asked to cancel it.</summary>
        public bool WasCancelling => _cancelling == Taken;

        /// <summary>From any thread: <see cref="Progress"/> cancels it, once.</summary>
        public void AskToCancel() => Interlocked.CompareExchange(ref _cancelling, Asked, 0);

        /// <summary>Whether it is to be cancelled now.</summary>
        public bool TakeCancelling() => Interlocked.CompareExchange(ref _cancelling, Taken, Asked) == Asked;
    }
}
