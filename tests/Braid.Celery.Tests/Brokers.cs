using Braid.Celery.Redis;

namespace Braid.Celery.Tests;

/// <summary>The real brokers that the tests use, by the URLs in the environment; a test is skipped where its broker is not configured.</summary>
internal static class Brokers
{
    internal const string Redis = "redis";
    internal const string RabbitMq = "rabbitmq";

    internal static string Url(string broker)
    {
        var variable = broker == Redis ? "BRAID_TEST_REDIS" : "BRAID_TEST_RABBITMQ";
        var url = Environment.GetEnvironmentVariable(variable);
        Assert.SkipWhen(string.IsNullOrEmpty(url), $"{variable} is not set: no {broker} to test with.");
        return url!;
    }

    /// <summary>Results are always in Redis; database 1, so that the broker's keys stand apart.</summary>
    internal static string Backend => Url(Redis).TrimEnd('/') + "/1";

    internal static string Postgres
    {
        get
        {
            var url = Environment.GetEnvironmentVariable("BRAID_TEST_POSTGRES");
            Assert.SkipWhen(string.IsNullOrEmpty(url), "BRAID_TEST_POSTGRES is not set: no PostgreSQL to test with.");
            return url!;
        }
    }

    internal static RedisClient RedisClient(int database = 0) =>
        new(RedisEndpoint.Parse(Url(Redis).TrimEnd('/') + "/" + database), "braid-celery-tests", TimeProvider.System);

    /// <summary>A name that no other test uses.</summary>
    internal static string NewQueue() => "t-" + Guid.NewGuid().ToString("N")[..12];
}
