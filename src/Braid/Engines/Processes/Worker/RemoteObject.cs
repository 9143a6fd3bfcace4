using Braid.Execution;
using Braid.Objects;

namespace Braid.Engines.Processes.Worker;

/// <summary>
/// What this worker knows of a reference. When nothing here can reach it any more the driver is told, by as many counts as it had sent.
/// </summary>
internal sealed class RemoteObject(WorkerRuntime runtime, long id) : IObjectState
{
    private readonly Lock _gate = new();
    private Completion _completion;
    private volatile ObjectStatus _status;
    private Payload? _payload;
    private TaskError? _error;
    private Exception? _exception;
    private bool _subscribed;

    /// <summary>Stands in for the first completion once the value was lost. Written under the gate, before the status falls back.</summary>
    private volatile TaskCompletionSource? _rebuilding;

    private long _counts;

    ~RemoteObject()
    {
        if (_counts > 0)
            runtime.Released(id, _counts);
    }

    public long Id => id;

    public ClusterBackend Backend => runtime.Backend;

    public ObjectStatus Status => _status;

    /// <summary>Asking for it asks the driver to tell of the end.</summary>
    public Task Completion
    {
        get
        {
            bool subscribe;
            lock (_gate)
            {
                subscribe = !_subscribed && _status == ObjectStatus.Pending;
                _subscribed |= subscribe;
                if (subscribe)
                    runtime.Objects.Await(this);
            }

            // Outside of the gate: the runtime's own lock comes before it.
            if (subscribe)
                runtime.Subscribe(id);

            return _rebuilding?.Task ?? _completion.Task;
        }
    }

    /// <summary>Tasks wait by way of <see cref="Completion"/>, for their slot is given up meanwhile.</summary>
    public bool TryAwait(Action continuation) => false;

    public bool IsRebuilding => _rebuilding is not null && _status == ObjectStatus.Pending;

    public Task RebuildAsync(SegmentId lost)
    {
        lock (_gate)
        {
            if (_status != ObjectStatus.Ready || !_payload!.LiesIn(lost))
                return Completion;
            _rebuilding = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _status = ObjectStatus.Pending;
            _subscribed = true;
            runtime.Objects.Await(this);
        }

        // The driver takes it for a subscription too.
        runtime.Lost(id, lost);
        return Completion;
    }

    public Exception? Error => _status switch
    {
        ObjectStatus.Pending or ObjectStatus.Ready => null,
        _ => _exception ??= _error!.ToException(runtime.Packer.Unpack<Exception>),
    };

    public T Read<T>() => runtime.Packer.Unpack<T>(_payload!);

    /// <summary>The driver has counted one more reference that it sent here. Called by the link's reader, in the order of the frames.</summary>
    public void Count() => Interlocked.Increment(ref _counts);

    public void SetValue(Payload payload)
    {
        lock (_gate)
        {
            if (_status != ObjectStatus.Pending)
                return;
            _payload = payload;
            _status = ObjectStatus.Ready;
        }

        runtime.Objects.Arrived(this);
        _completion.Complete();
        _rebuilding?.TrySetResult();
    }

    public void SetError(ObjectStatus status, TaskError error)
    {
        lock (_gate)
        {
            if (_status != ObjectStatus.Pending)
                return;
            _error = error;
            _status = status;
        }

        runtime.Objects.Arrived(this);
        _completion.Complete();
        _rebuilding?.TrySetResult();
    }
}
