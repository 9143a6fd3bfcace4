using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Braid.Execution;

namespace Braid.Driver;

/// <summary>
/// Items of one stream between its producer and its consumer. The producer may send as many as it was given credit for, so what is
/// held here is bounded by the buffer's size; credit goes back in halves of it.
/// </summary>
internal sealed class StreamBuffer<T>(TaskRecord record, int capacity) : IStreamSink
{
    private readonly Channel<object> _items = Channel.CreateUnbounded<object>(new UnboundedChannelOptions { SingleReader = true });
    private readonly int _creditBatch = Math.Max(1, capacity / 2);

    public void Push(object item) => _items.Writer.TryWrite(item);

    public void Consumed(int count)
    {
        // Each item was let go as it was taken.
    }

    public void End(Exception? error) => _items.Writer.TryComplete(error);

    public async IAsyncEnumerable<T> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var consumed = 0;
        while (await MoreAsync(cancellationToken).ConfigureAwait(false))
        {
            while (_items.Reader.TryRead(out var item))
            {
                if (++consumed == _creditBatch)
                {
                    record.Driver.Post(new DriverEvent(DriverEventKind.StreamCredit, null, record.Id, 0, record, null, consumed));
                    consumed = 0;
                }

                yield return item is LocalResult<T> local ? local.Value : record.Driver.Session.Read<T>((Payload)item);
            }
        }
    }

    private async ValueTask<bool> MoreAsync(CancellationToken cancellationToken)
    {
        var more = _items.Reader.WaitToReadAsync(cancellationToken);
        if (more.IsCompleted || TaskExecution.Current is not { } execution)
            return await more.ConfigureAwait(false);
        var waiting = more.AsTask();
        await execution.WaitAsync([record], waiting).ConfigureAwait(false);
        return await waiting.ConfigureAwait(false);
    }
}
