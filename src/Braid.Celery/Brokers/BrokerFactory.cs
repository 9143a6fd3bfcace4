using Braid.Celery.Redis;
using Microsoft.Extensions.Logging;

namespace Braid.Celery.Brokers;

/// <summary>Chooses the transport by the URL's scheme.</summary>
internal static class BrokerFactory
{
    internal static IBroker Create(string url, CelerySettings settings, TimeProvider time, ILogger logger)
    {
        if (RedisEndpoint.Serves(url)) return new RedisBroker(RedisEndpoint.Parse(url), settings, time, logger);
        if (RabbitMqBroker.Serves(url)) return new RabbitMqBroker(url, settings, time, logger);
        throw new ArgumentException($"No transport serves the broker URL '{CeleryUrl.Redact(url)}': amqp://, amqps://, pyamqp://, redis:// and rediss:// are served.", nameof(url));
    }
}
