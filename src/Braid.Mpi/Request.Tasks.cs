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
}
