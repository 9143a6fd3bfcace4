using Microsoft.Extensions.Logging;

namespace Braid.Celery.Brokers;

internal static partial class BrokerLog
{
    [LoggerMessage(1, LogLevel.Warning, "The consumer lost {Broker} and connects again: {Reason}")]
    internal static partial void ConsumerInterrupted(ILogger logger, string broker, string reason);

    [LoggerMessage(2, LogLevel.Error, "{Count} acknowledgements were refused: {Reason}")]
    internal static partial void SettlementFailed(ILogger logger, int count, string reason);

    [LoggerMessage(3, LogLevel.Warning, "Held messages could not be renewed this time: {Reason}")]
    internal static partial void TendingFailed(ILogger logger, string reason);

    [LoggerMessage(4, LogLevel.Warning, "Message {Tag} of queue {Queue} was restored: its worker did not renew it for {Visibility}")]
    internal static partial void Restored(ILogger logger, string tag, string queue, TimeSpan visibility);

    [LoggerMessage(5, LogLevel.Warning, "Queue {Queue} exists with other arguments than configured; it is used as it is: {Reason}")]
    internal static partial void QueueDiffers(ILogger logger, string queue, string reason);
}
