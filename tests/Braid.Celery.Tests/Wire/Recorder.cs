using Braid.Celery.Backends;
using Braid.Celery.Brokers;
using Braid.Celery.Wire;

namespace Braid.Celery.Tests.Wire;

/// <summary>Keeps what an app would send. Not a broker: nothing is ever delivered.</summary>
internal sealed class Recorder : IBroker, IResultBackend
{
    internal List<OutgoingMessage> Messages { get; } = [];
    internal Dictionary<string, int> ChordSizes { get; } = [];

    public string Transport => "amqp";
    public string Address => "recorder";

    public Task PublishAsync(OutgoingMessage message, CancellationToken cancellationToken)
    {
        Messages.Add(message);
        return Task.CompletedTask;
    }

    public Task SetChordSizeAsync(string groupId, int size, CancellationToken cancellationToken)
    {
        ChordSizes[groupId] = size;
        return Task.CompletedTask;
    }

    private static NotSupportedException Nothing() => new("The recorder only records.");

    public Task ConnectAsync(CancellationToken cancellationToken) => throw Nothing();
    public Task<ITaskConsumer> ConsumeAsync(TaskConsumerOptions options, Action<Delivery> onDelivery, CancellationToken cancellationToken) => throw Nothing();
    public Task<IAsyncDisposable> SubscribeAsync(Subscription subscription, Action<SubscriptionMessage> onMessage, CancellationToken cancellationToken) => throw Nothing();
    public Task<long> PurgeAsync(string queue, CancellationToken cancellationToken) => throw Nothing();
    public Task<long> CountAsync(string queue, CancellationToken cancellationToken) => throw Nothing();
    public Task StoreAsync(ResultMeta meta, string? replyTo, CancellationToken cancellationToken) => throw Nothing();
    public Task<ResultMeta?> GetAsync(string id, CancellationToken cancellationToken) => throw Nothing();
    public Task<ResultMeta> WaitAsync(string id, CancellationToken cancellationToken) => throw Nothing();
    public Task ForgetAsync(string id, CancellationToken cancellationToken) => throw Nothing();
    public Task SaveGroupAsync(string id, List<object?> tuple, CancellationToken cancellationToken) => throw Nothing();
    public Task<List<object?>?> RestoreGroupAsync(string id, CancellationToken cancellationToken) => throw Nothing();
    public Task DeleteGroupAsync(string id, CancellationToken cancellationToken) => throw Nothing();
    public Task ExtendChordAsync(string groupId, int by, CancellationToken cancellationToken) => throw Nothing();
    public Task<List<ChordPart>?> AddChordPartAsync(string groupId, long? index, ResultMeta part, CancellationToken cancellationToken) => throw Nothing();
    public Task CompleteChordAsync(string groupId, bool failed, CancellationToken cancellationToken) => throw Nothing();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
