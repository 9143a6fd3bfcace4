using Braid.Driver;
using Braid.Execution;

namespace Braid.Engines.Processes;

/// <summary>Passes a stream's items on to the worker that consumes it. The worker learns of the end as of any reference's.</summary>
internal sealed class RemoteStreamSink(ProcessLink consumer, TaskRecord record) : IStreamSink
{
    /// <summary>On their way: what they hold in shared memory is needed until the consumer has read them.</summary>
    private readonly Queue<Payload> _underWay = [];

    public void Push(object item)
    {
        var payload = (Payload)item;
        _underWay.Enqueue(payload);
        consumer.SendItem(record, payload);
        record.Driver.MarkDirty(consumer);
    }

    public void Consumed(int count)
    {
        while (count-- > 0 && _underWay.Count > 0)
            _underWay.Dequeue();
    }

    public void End(Exception? error)
    {
    }
}
