using Braid.Celery.Brokers;
using Braid.Celery.Wire;

namespace Braid.Celery.Beat;

/// <summary>What a beat remembers of a task.</summary>
/// <param name="Tick">The last tick that was claimed, or when the task was first seen.</param>
/// <param name="IsSent">Its message is with the broker. False: who claimed it died, or is about to send it.</param>
internal readonly record struct BeatMark(DateTimeOffset Tick, bool IsSent);

/// <summary>
/// What all beats of an app share: who leads, and the last tick of each task. A leader proves itself by a fencing token that grows with
/// each change of leader, so that one that was paused and wakes up after it was replaced can claim nothing any more.
/// </summary>
internal interface IBeatStore : IAsyncDisposable
{
    /// <summary>Becomes or stays the leader.</summary>
    /// <returns>The fencing token; null while another leads.</returns>
    Task<long?> LeadAsync(TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>The marks of all tasks, by their names.</summary>
    Task<Dictionary<string, BeatMark>> ReadAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Takes a tick that is later than the task's mark: true once. With <paramref name="isFirst"/> the task was not known: the tick is when it
    /// was first seen, and nothing is to be sent.
    /// </summary>
    /// <exception cref="BeatDeposedException">Another leads.</exception>
    Task<bool> ClaimAsync(long token, string task, DateTimeOffset tick, bool isFirst, CancellationToken cancellationToken);

    /// <summary>Sends the message of a claimed tick and confirms the tick in one step, once however often it is called.</summary>
    /// <returns>False: nothing was done, for store and broker are not one.</returns>
    Task<bool> TrySendAsync(IBroker broker, OutgoingMessage message, string task, DateTimeOffset tick, int attempts, CancellationToken cancellationToken) => Task.FromResult(false);

    /// <summary>The message of a claimed tick is with the broker.</summary>
    Task ConfirmAsync(string task, DateTimeOffset tick, CancellationToken cancellationToken);

    /// <summary>Leads no longer, so that another can at once.</summary>
    Task ReleaseAsync(CancellationToken cancellationToken);
}

/// <summary>Another beat leads now.</summary>
internal sealed class BeatDeposedException() : BraidException("Another beat leads now: this one's lease had run out.");
