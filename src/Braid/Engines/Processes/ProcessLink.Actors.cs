using Braid.Driver;
using Braid.Execution;
using Braid.Scheduling;
using Braid.Wire;

namespace Braid.Engines.Processes;

// Actors: those that live on this worker, and what its tasks ask of any.
internal sealed partial class ProcessLink
{
    private const int HostedMin = 1024;

    /// <summary>Actors that were sent here: their own code may name them without having been given a handle. Guarded by itself.</summary>
    private readonly Dictionary<long, ActorRecord> _hosted = [];

    /// <summary>Dead ones are cleared away when so many are known. Guarded by <see cref="_hosted"/>.</summary>
    private int _hostedSweepAt = HostedMin;

    /// <summary>Numbers under which this worker waits for the end of an actor that it got by name. Guarded by <see cref="_hosted"/>.</summary>
    private readonly Dictionary<long, List<long>> _aliases = [];

    public override void StopActor(ActorRecord actor, int attempt)
    {
        Begin(FrameKind.StopActor, actor, attempt);
        _outgoing.Byte(actor.Node.Killed ? (byte)0 : (byte)1);
        _outgoing.End();
    }

    /// <summary>Leaves the frame open: what of an assignment is about an actor.</summary>
    private void WriteActor(TaskRecord task)
    {
        if (task.Role is ActorCall call)
        {
            _outgoing.Number(1 + call.GroupIndex);
            _outgoing.Number(call.Actor.Life.Id);
            return;
        }

        var actor = (ActorRecord)task;
        lock (_hosted)
        {
            if (_hosted.Count >= _hostedSweepAt)
                SweepHosted();
            _hosted[actor.Id] = actor;
        }

        _outgoing.Number(0);
        WritePayload(actor.SetupPayload ??= _session.Packer.Pack(actor.Setup));
        _outgoing.Byte(actor.Snapshot is null ? (byte)0 : (byte)1);
        if (actor.Snapshot is Payload snapshot)
            WritePayload(snapshot);
    }

    private void SweepHosted()
    {
        foreach (var (id, actor) in _hosted)
        {
            if (actor.Status != ObjectStatus.Pending)
                _hosted.Remove(id);
        }

        _hostedSweepAt = Math.Max(HostedMin, _hosted.Count * 2);
    }

    private ActorHandle? FindHosted(long id)
    {
        lock (_hosted)
            return _hosted.TryGetValue(id, out var actor) ? actor.Handle() : null;
    }

    private void OnSubscribe(long id)
    {
        var record = FindRecord(id);
        if (record.Id != id)
        {
            lock (_hosted)
            {
                if (!_aliases.TryGetValue(record.Id, out var aliases))
                    _aliases.Add(record.Id, aliases = []);
                aliases.Add(id);
            }
        }

        Add(DriverEventKind.Subscribe, (0, 0), record);
    }

    private void TellAliases(TaskRecord actor)
    {
        List<long>? aliases;
        lock (_hosted)
            _aliases.Remove(actor.Id, out aliases);
        foreach (var alias in aliases ?? [])
            WriteValue(actor, alias);
    }

    /// <summary>What a worker waits for or asks about: a task, or an actor's life.</summary>
    private TaskRecord FindRecord(long id) => _exports.Find(id) switch
    {
        TaskRecord record => record,
        ActorHandle handle => handle.Record,
        var other => throw new WireException($"Reference {other.Id} is neither a task nor an actor."),
    };

    private ActorHandle FindActor(long id) =>
        _exports.Find(id) as ActorHandle ?? throw new WireException($"A worker names reference {id} as an actor, and it is none.");

    private FunctionDefinition FindFunction(int number) =>
        _functions.TryGetValue(number, out var function) ? function : throw new WireException("A worker names a function that it has not told of.");

    /// <summary>The worker's number for the handle is the actor's own only where the actor was made for it.</summary>
    private void OnStartActor(ref FrameReader body)
    {
        var id = body.Int64();
        var function = FindFunction(body.Int32());
        var getOrStart = body.Byte() != 0;
        var options = _session.Packer.Unpack<ActorOptions?>(ReadPayload(ref body)) ?? throw new WireException("A worker starts an actor without options.");
        var captures = ReadPayload(ref body);
        options.Check();
        var record = new ActorRecord(_session.Driver, id, options);
        try
        {
            var handle = _session.Driver.EnterActor(record, new ProcessSpec(function, captures, false), captures.References, getOrStart);
            _exports.Add(id, handle);
            if (handle.Record == record)
                Add(DriverEventKind.Submit, (id, 0), record);
        }
        catch (InvalidOperationException exception)
        {
            RejectActor(record, exception);
        }
    }

    private void OnGetActor(ref FrameReader body)
    {
        var id = body.Int64();
        var name = body.Text();
        try
        {
            _exports.Add(id, _session.Driver.FindNamed(name));
        }
        catch (KeyNotFoundException exception)
        {
            RejectActor(new ActorRecord(_session.Driver, id, new ActorOptions { Name = name }), exception);
        }
    }

    /// <summary>The handle is that of an actor that was dead from the start: whoever calls it is told why.</summary>
    private void RejectActor(ActorRecord record, Exception why)
    {
        _exports.Add(record.Id, record.Handle());
        Add(DriverEventKind.Reject, (record.Id, 0), record, why);
    }

    private void OnCall(ref FrameReader body)
    {
        var id = body.Int64();
        var actor = FindActor(body.Int64());
        var caller = body.Int64();
        var function = FindFunction(body.Int32());
        var flags = (CallFlags)body.Byte();
        var group = flags.HasFlag(CallFlags.Group) ? body.Text() : null;
        var options = flags.HasFlag(CallFlags.Options)
            ? _session.Packer.Unpack<TravellingOptions?>(ReadPayload(ref body))?.ToOptions() ?? throw new WireException("A worker calls with options that are null.")
            : actor.Record.CallDefaults;
        if (flags.HasFlag(CallFlags.DefaultRetries))
            options = options with { Retries = actor.Record.Actor.MaxCallRetries };
        var captures = ReadPayload(ref body);
        var isStream = flags.HasFlag(CallFlags.Stream);
        var isTell = flags.HasFlag(CallFlags.Tell);
        var record = new TaskRecord<Nothing>(_session.Driver, id, options);
        if (!isTell)
            _exports.Add(record);
        if (isStream)
            record.Stream = new RemoteStreamSink(this, record);
        try
        {
            DriverBackend.Address(record, actor, caller, group, isTell);
            EnterCall(record, actor, new ProcessSpec(function, captures, isStream), captures.References);
            Add(DriverEventKind.Submit, (id, 0), record);
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or ActorMailboxFullException)
        {
            Add(DriverEventKind.Reject, (id, 0), record, exception);
        }

        if (isStream)
            Add(DriverEventKind.Subscribe, (0, 0), record);
    }

    private void EnterCall(TaskRecord record, ActorHandle actor, ProcessSpec spec, IObjectState[] references)
    {
        try
        {
            _session.Driver.Admit(record, spec, references);
        }
        catch
        {
            actor.Record.WithdrawCall();
            record.Role = null;
            throw;
        }
    }

    private void OnSnapshot(ref FrameReader body)
    {
        var attempt = ReadAttempt(ref body);
        Add(DriverEventKind.Actor, attempt, payload: ReadPayload(ref body), number: (long)ActorEvent.Snapshot);
    }

    private void OnAskForRoom(ref FrameReader body)
    {
        var ticket = new TaskRecord<Nothing>(_session.Driver, body.Int64(), TaskOptions.Default);
        _exports.Add(ticket);
        _events.Add(FindActor(body.Int64()).Record.EventOf(ActorEvent.Room) with { Payload = ticket });
    }

    private void OnEndActor(ref FrameReader body)
    {
        var actor = FindActor(body.Int64());
        _events.Add(actor.Record.EventOf(body.Byte() != 0 ? ActorEvent.Kill : ActorEvent.Stop));
    }
}

/// <summary>What a frame of kind <see cref="FrameKind.Call"/> holds.</summary>
[Flags]
internal enum CallFlags : byte
{
    None = 0,
    Stream = 1,
    Tell = 2,
    Options = 4,
    Group = 8,

    /// <summary>The retries of the options do not count: they are the actor's.</summary>
    DefaultRetries = 16,
}
