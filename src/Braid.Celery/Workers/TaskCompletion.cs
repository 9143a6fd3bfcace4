using System.Text.Json;
using Braid.Celery.Brokers;
using Braid.Celery.Redis;
using Braid.Celery.Wire;
using Microsoft.Extensions.Logging;

namespace Braid.Celery.Workers;

/// <summary>
/// What happens after a task's method: callbacks and the next step are sent, the state is stored, a chord's part is counted, errbacks are
/// called, the message is settled, in this order, so that a worker that dies in between repeats rather than forgets.
/// </summary>
internal sealed partial class TaskCompletion(CeleryApp app, string node, EventDispatcher events, TaskExecutor executor, CancellationToken abandon)
{
    internal async Task CompleteAsync(WorkItem item, Outcome outcome)
    {
        TaskRequest.Current = outcome.Request;
        var error = outcome.Error;
        if (error is null)
        {
            byte[] result;
            try { result = outcome.Json ?? executor.Serialize(item, outcome.Value); }
            catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException)
            {
                await FailAsync(item, outcome, new TaskException("EncodeError", "kombu.exceptions", e.Message), TaskExecutor.Traceback(e));
                return;
            }
            await SucceedAsync(item, outcome, result);
            return;
        }
        switch (error)
        {
            case RetryException retry: Retried(item, outcome, retry); break;
            case IgnoreException: Settle(item); break;
            case RejectException reject: await RejectedAsync(item, reject); break;
            case TaskException { ExceptionType: "WorkerLostError" } when RejectsLost(item): item.Delivery.Requeue(); break;
            default:
                if (await TryAutoRetryAsync(item, outcome, error)) break;
                await FailAsync(item, outcome, error, outcome.Traceback);
                break;
        }
    }

    private async Task SucceedAsync(WorkItem item, Outcome outcome, byte[] result)
    {
        var embedded = item.Body.Embedded;
        if (embedded.Callbacks is not null || embedded.Chain is not null)
        {
            // Passed on as it was stored, whatever its type.
            var argument = PlainValue.Parse(result);
            try { await RepeatAsync(item, () => FollowAsync(item, embedded, argument)); }
            catch (Exception e) when (IsUnsendable(e))
            {
                // Whoever waits for what was to follow would wait for ever.
                await FailAsync(item, outcome, e, TaskExecutor.Traceback(e));
                return;
            }
        }
        var meta = Meta(item, TaskStates.Success, result, null, outcome.Request.Children);
        if (Publishes(item)) await StoreAsync(item, meta);
        if (embedded.Chord is not null) await CountPartAsync(item.Headers.Group, item.Headers.GroupIndex, embedded.Chord, meta, item);
        Settle(item);
        var isLogged = app.Logger.IsEnabled(LogLevel.Information);
        if (!isLogged && !events.TaskEvents) return;
        var repr = PythonRepr.Of(PlainValue.Parse(result));
        if (isLogged) WorkerLog.Succeeded(app.Logger, item.Headers.Task, item.Id, outcome.Seconds, repr);
        if (events.TaskEvents) events.PostTask("task-succeeded", item.Id, ("result", repr), ("runtime", outcome.Seconds));
    }

    /// <summary>
    /// A success whose message was delivered again: what follows it is sent, unless its stored children tell that it was, and its part of a
    /// chord is counted, which counts once.
    /// </summary>
    internal async Task CompleteAgainAsync(WorkItem item, ResultMeta success)
    {
        TaskRequest.Current = new TaskRequest(app, item.Headers, item.Body, item.Delivery, CancellationToken.None) { NodeName = node };
        var embedded = item.Body.Embedded;
        if (success.Children is not { Count: > 0 } && (embedded.Callbacks is not null || embedded.Chain is not null))
        {
            var argument = PlainValue.Parse(success.Result.Span);
            await RepeatAsync(item, () => FollowAsync(item, embedded, argument));
        }
        if (embedded.Chord is not null) await CountPartAsync(item.Headers.Group, item.Headers.GroupIndex, embedded.Chord, success, item);
        Settle(item);
    }

    /// <summary>Sends callbacks and the next step of the chain, with the result as their first argument.</summary>
    private async Task FollowAsync(WorkItem item, EmbeddedSignatures embedded, object? argument)
    {
        var options = new Dictionary<string, object?>(StringComparer.Ordinal) { ["parent_id"] = item.Id, ["root_id"] = item.Headers.RootId ?? item.Id };
        foreach (var callback in embedded.Callbacks ?? [])
            await CanvasSender.SendAsync(app, Signature.FromWire((Dictionary<string, object?>)callback!, app), [argument], options, abandon);
        if (embedded.Chain is not { Count: > 0 } chain) return;
        var next = Signature.FromWire((Dictionary<string, object?>)chain[^1]!, app);
        options["chain"] = chain.GetRange(0, chain.Count - 1);
        await CanvasSender.SendAsync(app, next, [argument], options, abandon);
    }

    /// <summary>The state and the next message are already with their brokers.</summary>
    private void Retried(WorkItem item, Outcome outcome, RetryException retry)
    {
        var cause = retry.InnerException ?? new TaskException("Retry", "celery.exceptions", "Task can be retried");
        Settle(item);
        WorkerLog.Retried(app.Logger, item.Headers.Task, item.Id, retry.Delay, ExceptionWire.Repr(cause));
        if (events.TaskEvents) events.PostTask("task-retried", item.Id, ("exception", ExceptionWire.Repr(cause)), ("traceback", outcome.Traceback));
    }

    /// <summary>Whether a task whose process was lost goes back to its queue: only one that is not acknowledged yet can.</summary>
    private bool RejectsLost(WorkItem item) => !item.Acknowledged && (item.Task.Options.RejectOnWorkerLost ?? app.Settings.RejectOnWorkerLost);

    private async Task<bool> TryAutoRetryAsync(WorkItem item, Outcome outcome, Exception error)
    {
        var options = item.Task.Options;
        if (!outcome.IsRetried && !item.Task.IsRetriedAfter(error)) return false;
        if (options.MaxRetries is { } limit && item.Headers.Retries >= limit) return false;
        var delay = RetryDelay(options, item.Headers.Retries);
        RetryException? retry = null;
        await RepeatAsync(item, async () =>
        {
            try { await outcome.Request.RetryAsync(error, delay); }
            catch (RetryException e) { retry = e; }
        });
        Retried(item, outcome, retry!);
        return true;
    }

    internal static TimeSpan RetryDelay(CeleryTaskOptions options, int retries)
    {
        if (options.RetryBackoff is not { } first) return options.DefaultRetryDelay;
        var full = Math.Min(options.RetryBackoffMax.TotalSeconds, first.TotalSeconds * Math.Pow(2, Math.Min(retries, 40)));
        return TimeSpan.FromSeconds(options.RetryJitter ? Random.Shared.NextDouble() * full : full);
    }

    private async Task RejectedAsync(WorkItem item, RejectException reject)
    {
        if (reject.Requeue)
        {
            if (item.Acknowledged)
            {
                // The message is gone from the broker: the task goes back as a new message.
                await RepeatAsync(item, () => ResendAsync(item));
                Settle(item);
            }
            else item.Delivery.Requeue();
        }
        else
        {
            if (Publishes(item)) await StoreAsync(item, Meta(item, TaskStates.Failure, ExceptionWire.Write(reject), null, null));
            Settle(item);
        }
        if (events.TaskEvents) events.PostTask("task-rejected", item.Id, ("requeue", reject.Requeue));
    }

    private Task ResendAsync(WorkItem item) => app.Broker.PublishAsync(new OutgoingMessage
    {
        Exchange = "",
        RoutingKey = item.Delivery.Queue,
        Headers = item.Delivery.Headers,
        Properties = item.Delivery.Properties,
        Body = item.Delivery.Body,
    }, abandon);

    internal async Task FailAsync(WorkItem item, Outcome outcome, Exception error, string? traceback)
    {
        var json = ExceptionWire.Write(error);
        await FailAsync(item, json, traceback, TaskStates.Failure, outcome.Request, error);
        if (item.Task.Options.AcksOnFailureOrTimeout || item.Acknowledged) Settle(item);
        else item.Delivery.Requeue();
        WorkerLog.Failed(app.Logger, error, item.Headers.Task, item.Id, ExceptionWire.Repr(error));
        if (events.TaskEvents) events.PostTask("task-failed", item.Id, ("exception", ExceptionWire.Repr(error)), ("traceback", traceback));
    }

    /// <summary>Stores a failure for the task and for all that cannot run any more because of it, and calls the errbacks.</summary>
    private async Task FailAsync(WorkItem item, byte[] json, string? traceback, string state, TaskRequest? request, Exception error)
    {
        var meta = Meta(item, state, json, traceback, request?.Children);
        if (Publishes(item) || app.Settings.StoreErrorsEvenIfIgnored) await StoreAsync(item, meta);
        var embedded = item.Body.Embedded;
        if (embedded.Chord is not null) await CountPartAsync(item.Headers.Group, item.Headers.GroupIndex, embedded.Chord, meta, item);
        foreach (var step in (embedded.Chain ?? []).OfType<Dictionary<string, object?>>()) await FailStepAsync(item, step, meta);
        if (embedded.Errbacks is { } errbacks && request is not null)
            await RepeatAsync(item, () => CallErrbacksAsync(errbacks, item.Id, item.Headers.RootId ?? item.Id, request, error, traceback));
    }

    /// <summary>A step that will never run has failed with its predecessor's failure.</summary>
    private async Task FailStepAsync(WorkItem item, Dictionary<string, object?> step, ResultMeta cause)
    {
        var signature = Signature.FromWire(step);
        while (signature is ChordSignature chord) signature = chord.Body;
        if (signature.TaskId is not { } id) return;
        var meta = cause with { TaskId = id, ParentId = null, GroupId = signature.Options.Text("group_id"), Children = null };
        await StoreAsync(item, meta);
        if (signature.Options.Map("chord") is { } chordBody)
            await CountPartAsync(signature.Options.Text("group_id"), signature.Options.GetValueOrDefault("group_index") as long?, chordBody, meta, item);
    }

    /// <summary>
    /// Errbacks that this worker knows and that take an exception are called in place; all others are sent, with the failed task's id, and
    /// are returned, as a group.
    /// </summary>
    private async Task<GroupResult?> CallErrbacksAsync(List<object?> errbacks, string taskId, string rootId, TaskRequest request, Exception error, string? traceback)
    {
        var sent = new List<AsyncResult>();
        var group = Guid.NewGuid().ToString();
        foreach (var errback in errbacks.OfType<Dictionary<string, object?>>())
        {
            var signature = Signature.FromWire(errback, app);
            if (app.Find(signature.Task) is { IsErrorHandler: true } handler)
            {
                try { await handler.InvokeAsync(handler.BindError(signature, request, error, traceback, app.Services, app.Json), app.Services); }
                // An errback's own failure changes nothing for the task.
                catch (Exception e) when (e is not OutOfMemoryException) { WorkerLog.Failed(app.Logger, e, signature.Task, taskId, ExceptionWire.Repr(e)); }
                continue;
            }
            sent.Add(await CanvasSender.SendAsync(app, signature, [taskId],
                new(StringComparer.Ordinal)
                {
                    ["parent_id"] = taskId, ["root_id"] = rootId, ["group_id"] = group, ["group_index"] = (long)sent.Count, ["add_to_parent"] = false,
                }, abandon));
        }
        return sent.Count == 0 ? null : new GroupResult(app, group, sent);
    }

    /// <summary>A task that was revoked, expired or terminated.</summary>
    internal async Task RevokeAsync(WorkItem item, string reason, bool terminated, string? signal)
    {
        WorkerLog.Revoked(app.Logger, item.Headers.Task, item.Id, reason);
        var error = new TaskRevokedException(reason);
        await FailAsync(item, ExceptionWire.Write(error), null, TaskStates.Revoked, null, error);
        Settle(item);
        if (events.TaskEvents)
            events.PostTask("task-revoked", item.Id, ("terminated", terminated), ("signum", signal), ("expired", reason == "expired"));
    }

    internal Task StoreStartedAsync(WorkItem item) =>
        StoreAsync(item, Meta(item, TaskStates.Started,
            PlainValue.ToJson(new Dictionary<string, object?>(StringComparer.Ordinal) { ["pid"] = (long)(item.Pid ?? Environment.ProcessId), ["hostname"] = node }, CeleryJson.Plain), null, null));

    private static bool Publishes(WorkItem item) => !item.Headers.IgnoreResult && item.Task.Options.IgnoreResult is not true;

    private ResultMeta Meta(WorkItem item, string state, byte[] result, string? traceback, List<object?>? children) => new()
    {
        TaskId = item.Id,
        Status = state,
        Result = result,
        Traceback = traceback,
        Children = children,
        DateDone = TaskStates.IsReady(state) ? app.Time.GetUtcNow() : null,
        ParentId = item.Headers.ParentId,
        GroupId = item.Headers.Group,
        Extended = app.Settings.ResultExtended
            ? new ExtendedMeta(item.Headers.Task, item.Body.Args, item.Body.Kwargs, node, item.Headers.Retries, item.Delivery.RoutingKey)
            : null,
    };

    private async Task StoreAsync(WorkItem item, ResultMeta meta)
    {
        try { await app.Backend.StoreAsync(meta, item.Delivery.Properties.ReplyTo, abandon); }
        // Not a fault that passes (those are tried again inside): the task is done all the same.
        catch (Exception e) when (e is RedisErrorException or NotSupportedException or Npgsql.PostgresException) { WorkerLog.StoreFailed(app.Logger, e, item.Headers.Task, item.Id, e.Message); }
    }

    /// <summary>Tries a step that needs the broker until it succeeds: the ids are fixed, so that a repetition is the same message.</summary>
    private async Task RepeatAsync(WorkItem item, Func<Task> step)
    {
        var backoff = new Backoff();
        while (true)
        {
            try
            {
                await step();
                return;
            }
            catch (Exception e) when (Outage.Is(e))
            {
                WorkerLog.CompletionRetried(app.Logger, item.Headers.Task, item.Id, e.Message);
            }
            await backoff.WaitAsync(app.Time, abandon);
        }
    }

    /// <summary>No repetition helps: what is to be sent is at fault, not where it goes.</summary>
    private static bool IsUnsendable(Exception e) => e is PoisonMessageException or NotSupportedException or ArgumentException or JsonException or InvalidOperationException;

    internal static void Settle(WorkItem item)
    {
        item.Acknowledged = true;
        item.Delivery.Ack();
    }
}
