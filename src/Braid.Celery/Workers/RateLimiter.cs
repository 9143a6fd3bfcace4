using System.Collections.Concurrent;
using System.Globalization;

namespace Braid.Celery.Workers;

/// <summary>Spaces the starts of tasks that have a rate limit, each task of this worker by itself.</summary>
internal sealed class RateLimiter(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);

    private sealed class Bucket
    {
        /// <summary>Seconds between two starts.</summary>
        internal double Interval;

        /// <summary>The limit as it was given.</summary>
        internal required string Text;

        /// <summary>The earliest next start. Guarded by the bucket.</summary>
        internal DateTimeOffset Next;
    }

    /// <summary>"10/s", "100/m", "5/h" or a number a second; null or 0 is no limit.</summary>
    /// <exception cref="FormatException">The text is none of these.</exception>
    internal static double? ParseInterval(string? limit)
    {
        if (limit is null) return null;
        var parts = limit.Split('/');
        var unit = parts.Length == 1 ? 1.0 : parts.Length == 2 ? parts[1].Trim() switch { "" or "s" => 1.0, "m" => 60.0, "h" => 3600.0, _ => 0 } : 0;
        if (unit == 0 || !double.TryParse(parts[0], NumberStyles.Float, CultureInfo.InvariantCulture, out var count) || count < 0)
            throw new FormatException($"'{limit}' is not a rate limit: a number, or a number with /s, /m or /h, was expected.");
        return count == 0 ? null : unit / count;
    }

    internal void Set(string task, string? limit)
    {
        if (ParseInterval(limit) is { } interval) _buckets[task] = new Bucket { Interval = interval, Text = limit! };
        else _buckets.TryRemove(task, out _);
    }

    /// <summary>The limit of a task as it was given; null for none.</summary>
    internal string? Of(string task) => _buckets.TryGetValue(task, out var bucket) ? bucket.Text : null;

    /// <summary>The time at which this start is allowed, reserved for it; null when it may start now.</summary>
    internal DateTimeOffset? Reserve(string task)
    {
        if (!_buckets.TryGetValue(task, out var bucket)) return null;
        lock (bucket)
        {
            var now = time.GetUtcNow();
            var at = bucket.Next > now ? bucket.Next : now;
            bucket.Next = at.AddSeconds(bucket.Interval);
            return at > now ? at : null;
        }
    }
}
