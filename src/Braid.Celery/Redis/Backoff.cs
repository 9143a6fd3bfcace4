namespace Braid.Celery.Redis;

/// <summary>Growing pauses between attempts, with jitter so that a fleet does not come back in step.</summary>
internal sealed class Backoff(TimeSpan first, TimeSpan limit)
{
    private int _attempts;

    internal Backoff() : this(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(5)) { }

    internal int Attempts => _attempts;

    internal void Reset() => _attempts = 0;

    internal TimeSpan Next()
    {
        var full = Math.Min(limit.TotalMilliseconds, first.TotalMilliseconds * Math.Pow(2, Math.Min(_attempts++, 20)));
        return TimeSpan.FromMilliseconds(full * (0.5 + Random.Shared.NextDouble() / 2));
    }

    internal Task WaitAsync(TimeProvider time, CancellationToken cancellationToken) => Task.Delay(Next(), time, cancellationToken);
}
