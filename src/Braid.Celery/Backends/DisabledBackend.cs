namespace Braid.Celery.Backends;

/// <summary>No backend: results are not stored, and asking for one is an error.</summary>
internal sealed class DisabledBackend : IResultBackend
{
    public Task StoreAsync(ResultMeta meta, string? replyTo, CancellationToken cancellationToken) => Task.CompletedTask;
    public Task<ResultMeta?> GetAsync(string id, CancellationToken cancellationToken) => throw Disabled();
    public Task<ResultMeta> WaitAsync(string id, CancellationToken cancellationToken) => throw Disabled();
    public Task ForgetAsync(string id, CancellationToken cancellationToken) => Task.CompletedTask;
    public Task SaveGroupAsync(string id, List<object?> tuple, CancellationToken cancellationToken) => throw Disabled();
    public Task<List<object?>?> RestoreGroupAsync(string id, CancellationToken cancellationToken) => throw Disabled();
    public Task DeleteGroupAsync(string id, CancellationToken cancellationToken) => Task.CompletedTask;
    public Task SetChordSizeAsync(string groupId, int size, CancellationToken cancellationToken) => throw Disabled();
    public Task ExtendChordAsync(string groupId, int by, CancellationToken cancellationToken) => throw Disabled();
    public Task<List<ChordPart>?> AddChordPartAsync(string groupId, long? index, ResultMeta part, CancellationToken cancellationToken) => throw Disabled();
    public Task CompleteChordAsync(string groupId, bool failed, CancellationToken cancellationToken) => Task.CompletedTask;
    public bool IsPersistent => false;
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static NotSupportedException Disabled() => new("The app has no result backend: give CeleryApp one, as redis://localhost/0 or rpc://.");
}
