using System.Text.Json;

namespace Braid.Celery.Beat;

/// <summary>
/// A beat alone on its machine: a JSON file of marks, replaced as a whole at each change, and a lock file beside it that the operating
/// system frees when the process ends, however it ends.
/// </summary>
internal sealed class FileBeatStore(string path) : IBeatStore
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private FileStream? _lock;
    private Dictionary<string, BeatMark>? _marks;

    public Task<long?> LeadAsync(TimeSpan lease, CancellationToken cancellationToken)
    {
        if (_lock is not null) return Task.FromResult<long?>(1);
        // Another process holds it.
        try { _lock = new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None); }
        catch (IOException) when (File.Exists(path + ".lock")) { return Task.FromResult<long?>(null); }
        _marks = File.Exists(path) ? JsonSerializer.Deserialize<Dictionary<string, BeatMark>>(File.ReadAllBytes(path)) : null;
        _marks ??= new(StringComparer.Ordinal);
        return Task.FromResult<long?>(1);
    }

    private Dictionary<string, BeatMark> Marks => _marks ?? throw new BeatDeposedException();

    public Task<Dictionary<string, BeatMark>> ReadAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new Dictionary<string, BeatMark>(Marks, StringComparer.Ordinal));

    public async Task<bool> ClaimAsync(long token, string task, DateTimeOffset tick, bool isFirst, CancellationToken cancellationToken)
    {
        if (Marks.TryGetValue(task, out var mark) && (isFirst || mark.Tick >= tick)) return false;
        await WriteAsync(task, new(tick, isFirst), cancellationToken);
        return true;
    }

    public Task ConfirmAsync(string task, DateTimeOffset tick, CancellationToken cancellationToken) =>
        Marks.TryGetValue(task, out var mark) && mark == new BeatMark(tick, false) ? WriteAsync(task, new(tick, true), cancellationToken) : Task.CompletedTask;

    private async Task WriteAsync(string task, BeatMark mark, CancellationToken cancellationToken)
    {
        Marks[task] = mark;
        await File.WriteAllBytesAsync(path + ".new", JsonSerializer.SerializeToUtf8Bytes(Marks, Indented), cancellationToken);
        File.Move(path + ".new", path, overwrite: true);
    }

    public Task ReleaseAsync(CancellationToken cancellationToken)
    {
        _lock?.Dispose();
        _lock = null;
        _marks = null;
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync() => await ReleaseAsync(CancellationToken.None);
}
