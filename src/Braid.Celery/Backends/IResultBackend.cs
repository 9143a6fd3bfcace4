namespace Braid.Celery.Backends;

/// <summary>Where results are kept.</summary>
internal interface IResultBackend : IAsyncDisposable
{
    /// <summary>Stores a state. Tried until it succeeds or the token is cancelled.</summary>
    /// <param name="meta">The state.</param>
    /// <param name="replyTo">Who asked for the task, for a backend that sends results there.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task StoreAsync(ResultMeta meta, string? replyTo, CancellationToken cancellationToken);

    Task<ResultMeta?> GetAsync(string id, CancellationToken cancellationToken);

    /// <summary>Waits until the task is done, whatever the outcome.</summary>
    Task<ResultMeta> WaitAsync(string id, CancellationToken cancellationToken);

    Task ForgetAsync(string id, CancellationToken cancellationToken);
    Task SaveGroupAsync(string id, List<object?> tuple, CancellationToken cancellationToken);
    Task<List<object?>?> RestoreGroupAsync(string id, CancellationToken cancellationToken);
    Task DeleteGroupAsync(string id, CancellationToken cancellationToken);

    /// <summary>Announces how many parts a chord waits for, before its header is sent.</summary>
    Task SetChordSizeAsync(string groupId, int size, CancellationToken cancellationToken);

    /// <summary>Makes a chord wait for more parts.</summary>
    Task ExtendChordAsync(string groupId, int by, CancellationToken cancellationToken);

    /// <summary>
    /// Counts one part, each task once. When all are there, one caller gets them, ordered by index, and must then call
    /// <see cref="CompleteChordAsync"/>; if it dies before, the chord can be claimed again after a minute.
    /// </summary>
    Task<List<ChordPart>?> AddChordPartAsync(string groupId, long? index, ResultMeta part, CancellationToken cancellationToken);

    /// <summary>
    /// The body was sent, or will never be: forgets the chord. Redis keeps a failed one's parts until they expire, for Celery does and an
    /// errback may look there.
    /// </summary>
    Task CompleteChordAsync(string groupId, bool failed, CancellationToken cancellationToken);

    /// <summary>Whether results are kept for all to see.</summary>
    bool IsPersistent => true;

    /// <summary>
    /// Whether the message that this names is the one, of several with one task's id, that runs: it is the first that asked, and asks again when
    /// it is delivered again. Remembered for a day. True where nothing can be remembered.
    /// </summary>
    Task<bool> ClaimRunAsync(string taskId, string publication, CancellationToken cancellationToken) => Task.FromResult(true);

    /// <summary>Removes what has expired, where the store does not do so by itself.</summary>
    Task CleanUpAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>One result of a chord's header.</summary>
internal readonly record struct ChordPart(string TaskId, string State, byte[] Result);
