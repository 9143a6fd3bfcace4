using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Braid.Driver;
using Braid.Execution;
using Braid.Lambdas;
using Braid.Wire;

namespace Braid.Engines.Processes.Worker;

/// <summary>The cluster as a task on this worker sees it: every call becomes a frame to the driver.</summary>
internal sealed partial class WorkerBackend : ClusterBackend
{
    private readonly WorkerRuntime _runtime;

    private readonly FunctionTable _functions = new();

    /// <summary>Functions that the driver has been told. Guarded by itself, and held until their frame is written.</summary>
    private readonly HashSet<int> _told = [];

    /// <summary>Streams that tasks here consume.</summary>
    private readonly ConcurrentDictionary<long, Channel<Payload>> _streams = new();

    private long _lastId;

    public WorkerBackend(WorkerRuntime runtime)
    {
        _runtime = runtime;
        Coordination = new WorkerCoordination(runtime, this);
    }

    public override WorkerCoordination Coordination { get; }

    public override ObjectRef<T> Submit<T>(Delegate body, Invoker invoker, TaskOptions options) =>
        new(SubmitCore(body, invoker, options, NewId()));

    public override ObjectRef<T> Put<T>(T value)
    {
        var payload = _runtime.Packer.Pack(value);
        var state = _runtime.Objects.Get(NewId());
        state.Count();
        state.SetValue(payload);
        _runtime.Send(frame =>
        {
            frame.Begin(FrameKind.Put);
            frame.Number(state.Id);
            payload.WriteTo(frame);
            frame.End();
        });
        return new ObjectRef<T>(state);
    }

    public override IAsyncEnumerable<T> Stream<T>(Func<IAsyncEnumerable<T>> body, TaskOptions options) => StreamAsync(body, options);

    private async IAsyncEnumerable<T> StreamAsync<T>(
        Func<IAsyncEnumerable<T>> body, TaskOptions options, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var id = NewId();
        var items = Channel.CreateUnbounded<Payload>(new UnboundedChannelOptions { SingleReader = true });
        _streams[id] = items;
        var state = SubmitCore(body, StreamInvoker<T>.Instance, options, id);
        await foreach (var item in ReadStreamAsync<T>(state, items, options.StreamBuffer, cancellationToken).ConfigureAwait(false))
            yield return item;
    }

    /// <summary>The items of a stream that was sent off; leaving the loop cancels it.</summary>
    private async IAsyncEnumerable<T> ReadStreamAsync<T>(
        RemoteObject state, Channel<Payload> items, int buffer, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var id = state.Id;
        _ = EndAsync(state, items);
        var creditBatch = Math.Max(1, buffer / 2);
        var consumed = 0;
        try
        {
            while (await MoreAsync(items, state, cancellationToken).ConfigureAwait(false))
            {
                while (items.Reader.TryRead(out var item))
                {
                    var value = _runtime.Packer.Unpack<T>(item);
                    if (++consumed == creditBatch)
                    {
                        Consumed(id, consumed);
                        consumed = 0;
                    }

                    yield return value;
                }
            }
        }
        finally
        {
            _streams.TryRemove(id, out _);
            Cancel(state, force: false);
        }
    }

    public override void Cancel(IObjectState state, bool force)
    {
        if (state.Status != ObjectStatus.Pending)
            return;
        _runtime.Send(frame =>
        {
            frame.Begin(FrameKind.CancelReference);
            frame.Number(state.Id);
            frame.Byte(force ? (byte)1 : (byte)0);
            frame.End();
        });
        GC.KeepAlive(state);
    }

    public override ClusterInfo Describe() =>
        new(Engine.Processes.Name, [new WorkerInfo(_runtime.Id, Environment.ProcessId, _runtime.Slots, 0)], 0, 0, 0);

    /// <summary>The cluster is its starter's to end.</summary>
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public void OnItem(long id, Payload item)
    {
        if (_streams.TryGetValue(id, out var items))
            items.Writer.TryWrite(item);
    }

    private RemoteObject SubmitCore(Delegate body, Invoker invoker, TaskOptions options, long id)
    {
        if (options.Progress is not null)
            throw new NotSupportedException("TaskOptions.Progress is heard in the driver only: a task that submits another cannot watch its progress.");
        var lambda = Lambda.Of(body);
        var captures = _runtime.Packer.PackCaptures(lambda, body);
        var travelling = options == TaskOptions.Default ? null : _runtime.Packer.Pack(TravellingOptions.Of(options));
        var function = _functions.Of(lambda);
        var flags = (invoker.IsStream ? SubmitFlags.Stream : 0) | (options.CancellationToken.IsCancellationRequested ? SubmitFlags.Cancelled : 0);
        var state = _runtime.Objects.Get(id);
        state.Count();
        SendDefined(function, frame =>
        {
            frame.Begin(FrameKind.Submit);
            frame.Number(id);
            frame.Number(function.Id);
            frame.Byte((byte)flags);
            frame.Byte(travelling is null ? (byte)0 : (byte)1);
            travelling?.WriteTo(frame);
            captures.WriteTo(frame);
            frame.End();
        });
        // What is captured must be held here until the driver has heard of it.
        GC.KeepAlive(captures);
        if (options.CancellationToken.CanBeCanceled)
            WatchToken(state, options.CancellationToken);
        return state;
    }

    /// <summary>Sends a frame that names a function, after the function's own where the driver does not know it.</summary>
    private void SendDefined(FunctionDefinition function, Action<FrameWriter> write)
    {
        lock (_told)
        {
            var isNew = _told.Add(function.Id);
            _runtime.Send(frame =>
            {
                if (isNew)
                {
                    frame.Begin(FrameKind.Define);
                    frame.Number(function.Id);
                    frame.Bytes(function.Bytes);
                    frame.End();
                }

                write(frame);
            });
        }
    }

    private void WatchToken(RemoteObject state, CancellationToken cancellationToken)
    {
        var registration = cancellationToken.UnsafeRegister(_ => Cancel(state, force: false), null);
        state.Completion.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => registration.Unregister());
    }

    private void Consumed(long id, int count) => _runtime.Send(frame =>
    {
        frame.Begin(FrameKind.Consumed);
        frame.Number(id);
        frame.Number(count);
        frame.End();
    });

    private static async Task EndAsync(RemoteObject state, Channel<Payload> items)
    {
        await state.Completion.ConfigureAwait(false);
        items.Writer.TryComplete(state.Error);
    }

    private static async ValueTask<bool> MoreAsync(Channel<Payload> items, RemoteObject state, CancellationToken cancellationToken)
    {
        var more = items.Reader.WaitToReadAsync(cancellationToken);
        if (more.IsCompleted || TaskExecution.Current is not { } execution)
            return await more.ConfigureAwait(false);
        var waiting = more.AsTask();
        await execution.WaitAsync([state], waiting).ConfigureAwait(false);
        return await waiting.ConfigureAwait(false);
    }

    /// <summary>The worker's number in the upper bits keeps its ids apart from the driver's and from other workers'.</summary>
    public long NewId()
    {
        _runtime.NoteReference();
        return ((long)_runtime.Id << 40) | Interlocked.Increment(ref _lastId);
    }
}
