namespace Braid.Celery.Tests;

/// <summary>Apps for tests: a queue of their own on the broker, results in Redis.</summary>
internal static class Apps
{
    internal static CeleryApp New(string broker, CelerySettings? settings = null, string? backend = null) =>
        new("tests", Brokers.Url(broker), backend ?? Brokers.Backend, (settings ?? new()) with { DefaultQueue = Brokers.NewQueue() });
}
