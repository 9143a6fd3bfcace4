using Braid.Celery.Redis;
using RabbitMQ.Client.Exceptions;

namespace Braid.Celery.Brokers;

/// <summary>Faults of a broker or a store that pass: what was tried may be tried again.</summary>
internal static class Outage
{
    internal static bool Is(Exception exception) =>
        exception is RedisConnectionException or RedisErrorException { IsTransient: true } or IOException or BrokerUnreachableException or OperationInterruptedException;
}
