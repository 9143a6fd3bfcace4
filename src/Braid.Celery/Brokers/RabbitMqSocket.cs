using System.Net.Sockets;
using Braid.Celery.Wire;
using RabbitMQ.Client;

namespace Braid.Celery.Brokers;

/// <summary>
/// The library's socket, with a stream that sends together what was written together: the library itself makes a system call a frame, and
/// so a packet a message.
/// </summary>
internal sealed class RabbitMqSocket(AddressFamily family) : TcpClientAdapter(new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true })
{
    public override NetworkStream GetStream() => new GatheringStream(Client);

    /// <summary>
    /// A write is done when it is noted. The sending is queued on the thread that wrote, so it starts when that has no more to write, or on
    /// another that is idle. Much at once waits, so that publishers feel the broker's back-pressure.
    /// </summary>
    private sealed class GatheringStream(Socket socket) : NetworkStream(socket), IThreadPoolWorkItem
    {
        /// <summary>Some hundred messages; the library adds 128 frames.</summary>
        private const int Most = 128 * 1024;

        private readonly Lock _lock = new();

        // Guarded by _lock: what is to be sent, whether somebody sends or will, who waits for room, and why nothing can be sent any more.
        private PooledWriter _filling = new(4096);
        private bool _sending;
        private TaskCompletionSource? _room;
        private Exception? _failure;

        // Owned by whoever sends.
        private PooledWriter _draining = new(4096);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            ValueTask room = default;
            lock (_lock)
            {
                if (_failure is not null) return ValueTask.FromException(new IOException("The connection to RabbitMQ was lost.", _failure));
                _filling.Write(buffer.Span);
                if (_filling.Length > Most) room = new((_room ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task.WaitAsync(cancellationToken));
                if (_sending) return room;
                _sending = true;
            }
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
            return room;
        }

        void IThreadPoolWorkItem.Execute() => _ = SendAsync();

        private async Task SendAsync()
        {
            try
            {
                while (true)
                {
                    TaskCompletionSource? room;
                    lock (_lock)
                    {
                        if (_filling.Length == 0)
                        {
                            _sending = false;
                            return;
                        }
                        (_filling, _draining) = (_draining, _filling);
                        (room, _room) = (_room, null);
                    }
                    room?.TrySetResult();
                    await base.WriteAsync(_draining.WrittenMemory);
                    _draining.Clear();
                }
            }
            catch (Exception e)
            {
                TaskCompletionSource? room;
                lock (_lock)
                {
                    _failure = e;
                    (room, _room) = (_room, null);
                    _filling.Dispose();
                }
                room?.TrySetException(new IOException("The connection to RabbitMQ was lost.", e));
                _draining.Dispose();
            }
        }
    }
}
