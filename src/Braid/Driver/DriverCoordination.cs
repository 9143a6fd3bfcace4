using Braid.Coordination;
using Braid.Coordination.Client;
using Braid.Execution;

namespace Braid.Driver;

/// <summary>
/// The shell around the <see cref="CoordinationMachine"/>: calls of this process and frames of workers become its requests, its answers go back
/// the way they came. The machine is touched only while the inbox is drained.
/// </summary>
internal sealed class DriverCoordination(DriverBackend driver) : CoordinationBackend(driver)
{
    /// <summary>Dead names are cleared away when the table has grown to this, which then doubles with what is alive.</summary>
    private const int SweepMin = 256;

    private readonly CoordinationMachine _machine = new();

    /// <summary>Code of this process outside of tasks. It ends with the cluster.</summary>
    private readonly Holder _driver = new("the driver");

    /// <summary>Attempts that hold or wait, by the id of their task.</summary>
    private readonly Dictionary<long, TaskHolder> _holders = [];

    /// <summary>Primitives that can be found: nothing here keeps them alive.</summary>
    private readonly Dictionary<string, WeakReference<Primitive>> _named = [];
    private int _sweepAt = SweepMin;
    private long _lastCall;

    /// <summary>Raised by whatever may change who waits for whom.</summary>
    public long Changes { get; private set; }

    public override IObjectState Create(PrimitiveKind kind, long number, string? name, object? value)
    {
        ObjectDisposedException.ThrowIf(driver.IsDisposed, typeof(Cluster));
        var record = new PrimitiveRecord(driver, driver.NewId());
        driver.Post(new DriverEvent(DriverEventKind.Coordinate, null, 0, 0, new CoordinationMessage
        {
            Operation = Operation.Create,
            Targets = [record],
            Kind = kind,
            Number = number,
            Name = name,
            Items = value is null ? [] : [value],
        }));
        return record;
    }

    public override object Wrap<T>(T value) => driver.Session.Wrap(value);

    public override T Unwrap<T>(object item) => item is LocalResult<T> local ? local.Value : driver.Session.Read<T>((Payload)item);

    public override void End(CoordinationCall call) =>
        driver.Post(new DriverEvent(DriverEventKind.CoordinationOver, null, 0, 0, call, null, -1));

    public override void Acknowledge(CoordinationCall call, int count) =>
        driver.Post(new DriverEvent(DriverEventKind.CoordinationOver, null, 0, 0, call, null, count));

    /// <summary>A request or a creation, from here or from a worker.</summary>
    public void Ask(in DriverEvent e)
    {
        var message = (CoordinationMessage)e.Subject!;
        if (message.Operation == Operation.Create)
        {
            Create(message);
            return;
        }

        if (Array.Find(message.Targets, target => target.Primitive is null) is { } missing)
        {
            Answer(message, e.Link, new Outcome(OutcomeKind.Invalid, Text: missing.WhyNot));
            return;
        }

        Changes++;
        var request = new Request
        {
            Operation = message.Operation,
            Targets = Array.ConvertAll(message.Targets, target => target.Primitive!),
            Holder = HolderOf(e.Link, e.Id, e.Attempt),
            Number = message.Number,
            Items = message.Items,
            IsTry = message.IsTry,
            Origin = message.Call is { } call ? call : new RemoteCall(e.Link!, message.CallNumber),
        };
        if (message.Call is { } local)
            local.Request = request;
        else
            e.Link!.Requests[message.CallNumber] = request;
        _machine.Ask(request);
        Deliver();
    }

    /// <summary>A request was ended (the number is -1), or so many of its items were taken. One that is not known has ended already.</summary>
    public void Over(in DriverEvent e)
    {
        Changes++;
        var request = e.Subject is CoordinationCall call ? call.Request : e.Link!.Requests.GetValueOrDefault(e.Id);
        if (request is null)
            return;
        if (e.Number < 0)
            _machine.End(request);
        else
            CoordinationMachine.Acknowledge(request, (int)Math.Min(e.Number, int.MaxValue));
        Forget(request);
        Deliver();
    }

    /// <summary>The request that a wait is for; null when it has ended.</summary>
    public static Request? RequestOf(WorkerLink link, BlockedOn wait) =>
        wait.Call is { } call ? call.Request : link.Requests.GetValueOrDefault(wait.CallNumber);

    /// <summary>The attempt is over: what it held is released.</summary>
    public void AttemptEnded(long id, int attempt)
    {
        if (_holders.Count > 0 && _holders.TryGetValue(id, out var holder) && holder.Attempt == attempt)
            HolderEnded(holder);
    }

    public void WorkerLost(WorkerLink link)
    {
        foreach (var holder in _holders.Values.Where(holder => holder.Link == link).ToArray())
            HolderEnded(holder);
        if (link.Holder is { } process)
            HolderEnded(process);
    }

    /// <summary>The cluster is over: whoever waits is told.</summary>
    public void EndAll(Exception error)
    {
        foreach (var holder in _holders.Values.ToArray())
            Fail(holder, error);
        Fail(_driver, error);
        _holders.Clear();
    }

    /// <summary>An answer for whoever asks when the cluster is over.</summary>
    public static void Refuse(in DriverEvent e, Exception error)
    {
        var message = (CoordinationMessage)e.Subject!;
        if (message.Operation == Operation.Create)
            message.Targets[0].End(ObjectStatus.Ready, null);
        message.Call?.Answer(new Outcome(OutcomeKind.Disposed, Text: error.Message));
    }

    protected override CoordinationCall Send(Operation operation, IObjectState[] targets, Question question, TaskExecution? execution)
    {
        var call = new CoordinationCall(Interlocked.Increment(ref _lastCall));
        var message = new CoordinationMessage
        {
            Operation = operation,
            Targets = Array.ConvertAll(targets, target => (PrimitiveRecord)target),
            Number = question.Number,
            IsTry = question.IsTry,
            Items = question.Items ?? [],
            Call = call,
        };
        driver.Post(new DriverEvent(DriverEventKind.Coordinate, null, execution?.Id ?? 0, execution?.Attempt ?? 0, message));
        return call;
    }

    private void Create(CoordinationMessage message)
    {
        var record = message.Targets[0];
        driver.PutPrimitive(record);
        if (message.Name is { } name && _named.TryGetValue(name, out var weak) && weak.TryGetTarget(out var known) && !known.IsDisposed)
        {
            if (known.Kind == message.Kind)
                record.Primitive = known;
            else
                record.WhyNot = $"The name belongs to {known}: it is no {message.Kind}. Choose another name.";
            return;
        }

        record.Primitive = _machine.Create(message.Kind, message.Number, message.Name ?? record.Id.ToString(System.Globalization.CultureInfo.InvariantCulture),
            message.Items.Length == 0 ? null : message.Items[0]);
        record.Primitive.Reach = record.Reach;
        if (message.Name is null)
            return;
        record.Reach.Open();
        _named[message.Name] = new WeakReference<Primitive>(record.Primitive);
        if (_named.Count < _sweepAt)
            return;
        foreach (var (dead, _) in _named.Where(entry => !entry.Value.TryGetTarget(out _)).ToArray())
            _named.Remove(dead);
        _sweepAt = Math.Max(SweepMin, _named.Count * 2);
    }

    /// <summary>The attempt that asks; the process as such for code that runs outside of tasks, or outlives its own.</summary>
    private Holder HolderOf(WorkerLink? link, long id, int attempt)
    {
        if (id != 0 && driver.FindAttempt(id, attempt) is { } task && (link is null || task.Worker == link))
        {
            if (_holders.TryGetValue(id, out var known) && known.Attempt == attempt)
                return known;
            return _holders[id] = new TaskHolder(task, attempt, (WorkerLink)task.Worker!);
        }

        return link is null ? _driver : link.Holder ??= new Holder($"worker {link.Id}");
    }

    private void HolderEnded(Holder holder)
    {
        foreach (var request in holder.Requests)
        {
            if (request.Origin is RemoteCall remote)
                remote.Link.Requests.Remove(remote.Number);
        }

        Changes++;
        _machine.HolderEnded(holder);
        if (holder is TaskHolder task)
            _holders.Remove(task.Task.Id);
        Deliver();
    }

    private static void Fail(Holder holder, Exception error)
    {
        foreach (var request in holder.Requests)
        {
            if (request is { State: RequestState.Waiting, Origin: CoordinationCall call })
                call.Answer(new Outcome(OutcomeKind.Disposed, Text: error.Message));
        }
    }

    private void Deliver()
    {
        foreach (var (request, outcome) in _machine.Answers)
        {
            if (request.Origin is CoordinationCall call)
            {
                call.Answer(outcome);
            }
            else
            {
                var remote = (RemoteCall)request.Origin!;
                remote.Link.Answer(remote.Number, outcome);
                driver.MarkDirty(remote.Link);
                Forget(request);
            }
        }

        _machine.Answers.Clear();
    }

    private void Answer(CoordinationMessage message, WorkerLink? link, in Outcome outcome)
    {
        if (message.Call is { } call)
        {
            call.Answer(outcome);
            return;
        }

        link!.Answer(message.CallNumber, outcome);
        driver.MarkDirty(link);
    }

    private static void Forget(Request request)
    {
        if (request is { State: RequestState.Ended, Origin: RemoteCall remote })
            remote.Link.Requests.Remove(remote.Number);
    }

    /// <summary>Where a request came from by a frame.</summary>
    private sealed record RemoteCall(WorkerLink Link, long Number);
}
