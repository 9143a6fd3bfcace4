using RabbitMQ.Client.Exceptions;

namespace Braid.Celery.Brokers;

/// <summary>The library's exception, with the address and the reason in its text.</summary>
internal sealed class RabbitMqUnreachableException(string address, BrokerUnreachableException cause) : BrokerUnreachableException(cause)
{
    public override string Message => $"RabbitMQ at {address} cannot be reached: {cause.GetBaseException().Message}";
}
