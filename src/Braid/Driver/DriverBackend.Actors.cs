using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Braid.Actors;
using Braid.Diagnostics;
using Braid.Execution;
using Braid.Scheduling;

namespace Braid.Driver;

// Actors: what callers and workers ask for becomes events, and what ends is told.
internal sealed partial class DriverBackend
{
    /// <summary>Those that are not dead, by id.</summary>
    private readonly ConcurrentDictionary<long, ActorRecord> _actors = new();

    /// <summary>Those that are not dead and have a name. Guarded by itself.</summary>
    private readonly Dictionary<string, ActorRecord> _named = [];

    /// <summary><see cref="LetGo"/>, made once: it is asked for at the end of every call.</summary>
    private Action<TaskRecord>? _letGo;

    public override IObjectState StartActor(Delegate create, Invoker invoker, ActorOptions options, bool getOrStart)
    {
        ThrowIfDisposed();
        var record = new ActorRecord(this, Interlocked.Increment(ref _lastId), options);
        var spec = Session.Prepare(create, invoker, record.Options, out var references);
        var handle = EnterActor(record, spec, references, getOrStart);
        if (handle.Record == record)
            _inbox.Post(new DriverEvent(DriverEventKind.Submit, null, record.Id, 0, record));
        return handle;
    }

    /// <summary>Takes an actor into the books, or gives the one that has its name. The caller posts its submitting.</summary>
    /// <exception cref="InvalidOperationException">The name is taken, or <see cref="Admit"/> refuses it.</exception>
    public ActorHandle EnterActor(ActorRecord record, TaskSpec spec, IObjectState[] references, bool getOrStart)
    {
        if (record.Actor.Name is not { } name)
        {
            Admit(record, spec, references);
            _actors[record.Id] = record;
            return record.Handle();
        }

        lock (_named)
        {
            if (_named.TryGetValue(name, out var known))
                return getOrStart ? known.Handle() : throw new InvalidOperationException($"An actor named '{name}' lives already. GetOrStartActor gives it.");
            Admit(record, spec, references);
            _named.Add(name, record);
        }

        _actors[record.Id] = record;
        return record.Handle();
    }

    public override IObjectState GetActor(string name)
    {
        ThrowIfDisposed();
        return FindNamed(name);
    }

    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public ActorHandle FindNamed(string name)
    {
        lock (_named)
        {
            return _named.TryGetValue(name, out var known)
                ? known.Handle()
                : throw new KeyNotFoundException($"No actor named '{name}' lives. {DescribeNames()}");
        }
    }

    public override ObjectRef<TResult> Call<TResult>(IObjectState actor, Delegate body, Invoker invoker, CallOptions options)
    {
        var record = NewCall<TResult>(actor, options, isTell: false);
        var reference = new ObjectRef<TResult>(record);
        SubmitCall(record, body, invoker);
        return reference;
    }

    public override void Tell(IObjectState actor, Delegate body, Invoker invoker, CallOptions options) =>
        SubmitCall(NewCall<Nothing>(actor, options, isTell: true), body, invoker);

    public override IAsyncEnumerable<TResult> CallStream<T, TResult>(ActorRef<T> actor, Func<T, IAsyncEnumerable<TResult>> body, CallOptions options) =>
        CallStreamAsync(actor, body, options);

    public override IObjectState AskForRoom(IObjectState actor)
    {
        var ticket = new TaskRecord<Nothing>(this, Interlocked.Increment(ref _lastId), TaskOptions.Default);
        _inbox.Post(((ActorHandle)actor).Record.EventOf(ActorEvent.Room) with { Payload = ticket });
        return ticket;
    }

    public override void EndActor(IObjectState actor, bool kill) =>
        _inbox.Post(((ActorHandle)actor).Record.EventOf(kill ? ActorEvent.Kill : ActorEvent.Stop));

    /// <summary>Gives a call, the driver's own or a worker's, its place with the actor.</summary>
    /// <exception cref="ActorMailboxFullException">Too many are pending.</exception>
    /// <exception cref="ArgumentException">The actor has no such group.</exception>
    public static void Address(TaskRecord record, ActorHandle actor, long caller, string? group, bool isTell)
    {
        var index = actor.Record.GroupOf(group);
        actor.Record.AdmitCall();
        record.Role = new ActorCall(actor.Record.Node, caller, index) { Hold = actor, IsTell = isTell };
    }

    private TaskRecord<TResult> NewCall<TResult>(IObjectState actor, CallOptions options, bool isTell)
    {
        var handle = (ActorHandle)actor;
        var taskOptions = ReferenceEquals(options, CallOptions.Default)
            ? handle.Record.CallDefaults
            : options.ToTaskOptions(handle.Record.Actor.MaxCallRetries);
        var record = new TaskRecord<TResult>(this, Interlocked.Increment(ref _lastId), taskOptions);
        Address(record, handle, Caller(), options.Group, isTell);
        return record;
    }

    private void SubmitCall(TaskRecord record, Delegate body, Invoker invoker)
    {
        try
        {
            Submit(record, body, invoker);
        }
        catch
        {
            ((ActorRecord)record.Role!.Actor.Life).WithdrawCall();
            throw;
        }
    }

    private async IAsyncEnumerable<TResult> CallStreamAsync<T, TResult>(
        ActorRef<T> actor, Func<T, IAsyncEnumerable<TResult>> body, CallOptions options, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var record = NewCall<Nothing>(actor.State, options, isTell: false);
        var items = new StreamBuffer<TResult>(record, options.StreamBuffer);
        record.Stream = items;
        SubmitCall(record, body, ActorFuncInvoker<T, IAsyncEnumerable<TResult>>.Instance);
        try
        {
            await foreach (var item in items.ReadAsync(cancellationToken).ConfigureAwait(false))
                yield return item;
        }
        finally
        {
            Cancel(record, force: false);
        }
    }

    private void HandleActor(in DriverEvent e)
    {
        var record = e.Subject as ActorRecord ?? _scheduler.Find(e.Id) as ActorRecord;
        if (record is null)
            return;
        switch ((ActorEvent)e.Number)
        {
            case ActorEvent.Started:
                _scheduler.ActorStarted(e.Link!, e.Id, e.Attempt);
                record.StartTimers();
                break;
            case ActorEvent.Snapshot:
                if (record.Attempt == e.Attempt && record.Worker == e.Link)
                    record.Snapshot = e.Payload;
                break;
            case ActorEvent.Stop:
                _scheduler.StopActor(record.Node);
                break;
            case ActorEvent.Kill:
                _scheduler.KillActor(record.Node);
                if (record.State == TaskState.Assigned)
                    _ = GiveUpAsync(record, record.Attempt);
                break;
            case ActorEvent.GiveUp:
                _scheduler.GiveUpActor(record.Node, e.Attempt);
                break;
            case ActorEvent.Unreachable:
                if (record.IsUnreachable(e.Attempt))
                    Stop(record, "nothing referred to it any more");
                break;
            case ActorEvent.Tick:
                if (record.IsIdle())
                    Stop(record, $"it was idle for ActorOptions.IdleTimeout, {record.Actor.IdleTimeout}");
                break;
            case ActorEvent.Room:
                var ticket = (TaskRecord)e.Payload!;
                if (record.Status != ObjectStatus.Pending || record.Mailbox.AwaitRoom(ticket))
                    LetGo(ticket);
                break;
            case ActorEvent.Withdrawn:
                record.Mailbox.Leave(_letGo ??= LetGo);
                break;
            case ActorEvent.Aged:
                Stop(record, $"it reached ActorOptions.MaxAge, {record.Actor.MaxAge}");
                break;
            default:
                throw new UnreachableException($"No such event of an actor: {e.Number}.");
        }
    }

    private void Stop(ActorRecord record, string why)
    {
        record.StopReason ??= why;
        _scheduler.StopActor(record.Node);
    }

    private async Task GiveUpAsync(ActorRecord record, int incarnation)
    {
        await Task.Delay(Options.CancelGrace, Options.TimeProvider, CancellationToken.None).ConfigureAwait(false);
        Post(record.EventOf(ActorEvent.GiveUp, incarnation));
    }

    /// <summary>An actor, or a call of one, ends: its place is free.</summary>
    private void LeaveActor(TaskRecord record, ActorRole role)
    {
        if (record is ActorRecord actor)
            ForgetActor(actor);
        else
            ((ActorRecord)role.Actor.Life).Mailbox.Leave(_letGo ??= LetGo);
    }

    /// <summary>Nobody awaits a tell, so its failure is told here.</summary>
    private static void TellFailed(TaskRecord record, ActorCall tell)
    {
        BraidMetrics.TellsFailed.Add(1);
        BraidEvents.Log.TellFailed(record.Id, record.Name, tell.Actor.Life.Id, record.Error!.Message);
    }

    /// <summary>Whoever waits for room goes on.</summary>
    private void LetGo(TaskRecord ticket)
    {
        ticket.Accept(Payload.Empty);
        ticket.End(ObjectStatus.Ready, null);
        foreach (var link in ticket.TakeSubscribers())
        {
            link.Tell(ticket);
            MarkDirty(link);
        }
    }

    private void ForgetActor(ActorRecord actor)
    {
        actor.StopTimers();
        actor.Mailbox.Close(_letGo ??= LetGo);
        actor.Snapshot = null;
        _actors.TryRemove(actor.Id, out _);
        if (actor.Actor.Name is not { } name)
            return;
        lock (_named)
        {
            if (_named.TryGetValue(name, out var known) && known == actor)
                _named.Remove(name);
        }
    }

    /// <summary>What awaiting a call throws whose actor is gone.</summary>
    private Exception ErrorOf(ActorLoss loss, TaskRecord call)
    {
        var actor = (ActorRecord)loss.Actor.Life;
        var cause = loss.Cause is null ? null : ErrorOf(loss.Cause, actor);
        // It never lived: there was none of its name, it was refused, or what its constructor captures failed.
        if (actor.Attempt == 0 && cause is not null)
            return cause;
        if (loss.Restarts)
        {
            return new ActorRestartedException(
                $"Call '{call.Name}' was lost with actor '{actor.Name}', which starts again; the call may have run. {cause?.Message}", cause);
        }

        var why = loss.Actor.Killed ? "it was killed"
            : actor.StopReason ?? (loss.Actor.CallsLeft <= 0 ? $"it has served ActorOptions.MaxCalls, {actor.Actor.MaxCalls}" : cause?.Message ?? "it was stopped");
        return new ActorDeadException($"Call '{call.Name}' finds actor '{actor.Name}' dead: {why.TrimEnd('.')}.", cause);
    }

    private string DescribeNames() =>
        _named.Count == 0 ? "No actor has a name." : $"There are: {string.Join(", ", _named.Keys.Order(StringComparer.Ordinal).Take(20))}.";
}
