namespace Braid.Celery.Redis;

/// <summary>The connection to Redis cannot be made or was lost; whether a command was carried out is not known.</summary>
public sealed class RedisConnectionException : BraidException
{
    internal RedisConnectionException(string message, Exception? inner = null) : base(message, inner) { }
}

/// <summary>Redis answered with an error.</summary>
public sealed class RedisErrorException : BraidException
{
    internal RedisErrorException(string message) : base(message) { }

    /// <summary>
    /// Whether the same command may succeed later: the server is loading, out of memory or disk, or not (yet) the primary.
    /// </summary>
    internal bool IsTransient =>
        Message.StartsWith("LOADING", StringComparison.Ordinal) || Message.StartsWith("BUSY", StringComparison.Ordinal)
        || Message.StartsWith("OOM", StringComparison.Ordinal) || Message.StartsWith("MISCONF", StringComparison.Ordinal)
        || Message.StartsWith("READONLY", StringComparison.Ordinal) || Message.StartsWith("TRYAGAIN", StringComparison.Ordinal)
        || Message.StartsWith("MASTERDOWN", StringComparison.Ordinal);
}
