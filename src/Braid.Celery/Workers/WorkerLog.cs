using Microsoft.Extensions.Logging;

namespace Braid.Celery.Workers;

internal static partial class WorkerLog
{
    [LoggerMessage(20, LogLevel.Information, "{Node} is ready: {Concurrency} tasks at once from {Queues} on {Broker}")]
    internal static partial void Ready(ILogger logger, string node, int concurrency, string queues, string broker);

    [LoggerMessage(21, LogLevel.Information, "{Node} shuts down ({Kind}); {Running} tasks run")]
    internal static partial void ShuttingDown(ILogger logger, string node, string kind, int running);

    [LoggerMessage(22, LogLevel.Error, "A message of queue {Queue} is poison and went to the dead-letter queue: {Reason}")]
    internal static partial void Poison(ILogger logger, string queue, string reason);

    [LoggerMessage(23, LogLevel.Error, "Received unregistered task of type '{Task}' ({Id})")]
    internal static partial void NotRegistered(ILogger logger, string task, string id);

    [LoggerMessage(24, LogLevel.Information, "Task {Task}[{Id}] received")]
    internal static partial void Received(ILogger logger, string task, string id);

    [LoggerMessage(25, LogLevel.Information, "Task {Task}[{Id}] succeeded in {Seconds}s: {Result}")]
    internal static partial void Succeeded(ILogger logger, string task, string id, double seconds, string result);

    [LoggerMessage(26, LogLevel.Error, "Task {Task}[{Id}] raised unexpected: {Error}")]
    internal static partial void Failed(ILogger logger, Exception exception, string task, string id, string error);

    [LoggerMessage(27, LogLevel.Information, "Task {Task}[{Id}] retry in {Delay}: {Error}")]
    internal static partial void Retried(ILogger logger, string task, string id, TimeSpan delay, string error);

    [LoggerMessage(28, LogLevel.Information, "Discarding revoked task: {Task}[{Id}] ({Reason})")]
    internal static partial void Revoked(ILogger logger, string task, string id, string reason);

    [LoggerMessage(29, LogLevel.Error, "What follows task {Task}[{Id}] failed; it is tried again: {Error}")]
    internal static partial void CompletionRetried(ILogger logger, string task, string id, string error);

    [LoggerMessage(30, LogLevel.Error, "Task {Task}[{Id}] is given up after {Seconds}s (its hard limit passed, it was terminated, or the worker ends); its method still runs in this process ({Count} such)")]
    internal static partial void GivenUp(ILogger logger, string task, string id, double seconds, int count);

    [LoggerMessage(31, LogLevel.Error, "The result of task {Task}[{Id}] cannot be stored: {Error}")]
    internal static partial void StoreFailed(ILogger logger, Exception exception, string task, string id, string error);

    [LoggerMessage(32, LogLevel.Warning, "Control command '{Method}' failed: {Error}")]
    internal static partial void ControlFailed(ILogger logger, Exception exception, string method, string error);

    [LoggerMessage(33, LogLevel.Warning, "Events could not be sent: {Error}")]
    internal static partial void EventsFailed(ILogger logger, string error);

    [LoggerMessage(35, LogLevel.Information, "Discarding task: {Task}[{Id}] was run before")]
    internal static partial void Duplicate(ILogger logger, string task, string id);

    [LoggerMessage(36, LogLevel.Warning, "Whether task {Task}[{Id}] was run before cannot be found out; it is run: {Error}")]
    internal static partial void NotCompared(ILogger logger, Exception exception, string task, string id, string error);

    [LoggerMessage(37, LogLevel.Error, "consumer: Cannot connect: {Error}. Trying again in {Seconds:0.00} seconds...")]
    internal static partial void NotConnected(ILogger logger, string error, double seconds);

    [LoggerMessage(34, LogLevel.Critical, "An unexpected error in the worker's handling of task {Task}[{Id}]; its message is given back")]
    internal static partial void Broken(ILogger logger, Exception exception, string task, string id);
}
