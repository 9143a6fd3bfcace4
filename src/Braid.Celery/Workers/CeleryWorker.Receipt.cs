using Braid.Celery.Brokers;
using Braid.Celery.Wire;

namespace Braid.Celery.Workers;

// Receipt: on the transport's thread, so nothing here waits. A message is read, refused, held until its time, or handed to the pool.
internal sealed partial class CeleryWorker
{
    private void OnDelivery(Delivery delivery)
    {
        Interlocked.Increment(ref _openWork);
        try { Receive(delivery); }
        catch (PoisonMessageException e) { Spawn(() => BuryAsync(delivery, e.Message)); }
        catch (Exception e) when (e is not OutOfMemoryException) { Spawn(() => BuryAsync(delivery, $"The worker cannot read it: {e.GetType().Name}: {e.Message}")); }
    }

    private void Receive(Delivery delivery)
    {
        if (delivery.Malformed is { } reason) throw new PoisonMessageException(reason);
        if (delivery.Redeliveries > _app.Settings.MaxRedeliveries)
            throw new PoisonMessageException($"It was taken {delivery.Redeliveries} times and never settled: the workers that had it were lost.");
        TaskHeaders headers;
        TaskBody body;
        if (delivery.Headers.ContainsKey("task"))
        {
            headers = TaskHeaders.Read(delivery.Headers);
            var known = _app.Find(headers.Task);
            // An unknown task's body is nobody's business: it fails by its name.
            body = known is null
                ? new TaskBody { Args = "[]"u8.ToArray(), Kwargs = "{}"u8.ToArray(), Embedded = TryEmbedded(delivery, headers) }
                : TaskBody.Read(delivery.Body, delivery.Properties.ContentType, headers.Compression);
        }
        else (headers, body) = TaskBody.ReadProtocol1(delivery.Body, delivery.Properties.ContentType, delivery.Headers.Text("compression"));

        if (_app.Find(headers.Task) is not { } task)
        {
            WorkerLog.NotRegistered(_app.Logger, headers.Task, headers.Id);
            var unknown = new WorkItem { Headers = headers, Body = body, Delivery = delivery, Task = UnknownTask };
            Spawn(() => FinishAsync(unknown, () => _completion.FailAsync(unknown, Request(unknown) is var r ? new Outcome(null, null, null, 0, r) : default,
                new TaskException("NotRegistered", "celery.exceptions", headers.Task), null)));
            return;
        }
        var item = new WorkItem { Headers = headers, Body = body, Delivery = delivery, Task = task };
        WorkerLog.Received(_app.Logger, headers.Task, headers.Id);
        if (_events.TaskEvents)
        {
            _events.PostTask("task-received", headers.Id, ("name", headers.Shadow ?? headers.Task), ("args", headers.ArgsRepr), ("kwargs", headers.KwargsRepr),
                ("root_id", headers.RootId), ("parent_id", headers.ParentId), ("retries", (long)headers.Retries),
                ("eta", headers.Eta is { } e ? PythonTime.Format(e) : null), ("expires", headers.Expires is { } x ? PythonTime.Format(x) : null));
        }
        if (Refusal(item) is { } refusal)
        {
            Spawn(() => FinishAsync(item, () => _completion.RevokeAsync(item, refusal, terminated: false, signal: null)));
            return;
        }
        if (headers.Eta is { } eta && eta > _app.Time.GetUtcNow())
        {
            Hold(item, eta);
            return;
        }
        Start(item);
    }

    private static EmbeddedSignatures TryEmbedded(Delivery delivery, TaskHeaders headers)
    {
        try
        {
            // A chord and a chain must learn of it; its errbacks are not called, as in Celery: nothing ran that could tell them why.
            var embedded = TaskBody.Read(delivery.Body, delivery.Properties.ContentType, headers.Compression).Embedded;
            return new() { Chain = embedded.Chain, Chord = embedded.Chord };
        }
        catch (PoisonMessageException) { return EmbeddedSignatures.None; }
    }

    private static readonly RegisteredTask UnknownTask = new("", ((Action)(() => { })).Method, _ => null, new());

    private TaskRequest Request(WorkItem item) => new(_app, item.Headers, item.Body, item.Delivery, CancellationToken.None) { NodeName = Node };

    /// <summary>Why a task must not run any more; null when it may.</summary>
    private string? Refusal(WorkItem item) =>
        item.Headers.Expires is { } expires && expires <= _app.Time.GetUtcNow() ? "expired" : Revoked.Contains(item.Headers) ? "revoked" : null;

    private void Hold(WorkItem item, DateTimeOffset eta)
    {
        if (_eta.Count >= _options.EtaLimit)
        {
            Spawn(async () =>
            {
                await item.Delivery.ParkAsync(eta, _abandon.Token);
                CloseWork();
            });
            return;
        }
        if (!_eta.TryAdd(item, eta))
        {
            GiveBack(item);
            return;
        }
        item.Delivery.Release();
        UpdatePrefetch();
    }

    /// <summary>A task's time has come; its rate was counted when it was taken, if that is why it waited.</summary>
    private void StartLater(WorkItem item)
    {
        var taken = item.RateReserved || Rates.Reserve(item.Headers.Task) is not { } later ? _pool.TryEnqueue(item) : TryWait(item, later);
        if (!taken) GiveBack(item);
    }

    private bool TryWait(WorkItem item, DateTimeOffset until)
    {
        item.RateReserved = true;
        return _eta.TryAdd(item, until);
    }

    /// <summary>It never had to wait.</summary>
    private void Start(WorkItem item)
    {
        var taken = Rates.Reserve(item.Headers.Task) is { } later ? TryWait(item, later) : _pool.TryEnqueue(item);
        if (!taken) GiveBack(item);
    }

    /// <summary>A shutdown has begun before it started: another worker runs it.</summary>
    private void GiveBack(WorkItem item)
    {
        item.Delivery.Requeue();
        item.Delivery.Release();
        CloseWork();
    }

    private async Task BuryAsync(Delivery delivery, string reason)
    {
        WorkerLog.Poison(_app.Logger, delivery.Queue, reason);
        await delivery.DeadLetterAsync(reason, _abandon.Token);
        delivery.Release();
        CloseWork();
    }
}
