using Braid.Celery.Wire;

namespace Braid.Celery.Workers;

// Chords: parts are counted, the last one sends the body, and a failed header fails the body and all that waits for it.
internal sealed partial class TaskCompletion
{
    /// <summary>Counts a chord's part, and sends the body when it was the last.</summary>
    private async Task CountPartAsync(string? groupId, long? index, Dictionary<string, object?> chord, ResultMeta part, WorkItem item)
    {
        if (groupId is null) return;
        var parts = await app.Backend.AddChordPartAsync(groupId, index, part, abandon);
        if (parts is null) return;
        var body = Signature.FromWire(chord, app);
        foreach (var p in parts)
        {
            if (!TaskStates.Propagates(p.State)) continue;
            var cause = ExceptionWire.Read(p.Result, null, p.TaskId);
            await FailChordAsync(item, body, new ChordException($"Dependency {p.TaskId} raised {ExceptionWire.Repr(cause)}"), cause);
            await app.Backend.CompleteChordAsync(groupId, failed: true, abandon);
            return;
        }
        // Its parent is the part that was last, not what came before the header.
        body.Options.Remove("parent_id");
        try
        {
            await RepeatAsync(item, async () =>
            {
                var results = ChordResults.Nest(await app.Backend.RestoreGroupAsync(groupId, abandon), parts);
                await CanvasSender.SendAsync(app, body, [results], null, abandon);
            });
        }
        catch (Exception e) when (IsUnsendable(e)) { await FailChordAsync(item, body, new ChordException($"Callback error: {ExceptionWire.Repr(e)}"), e); }
        await app.Backend.CompleteChordAsync(groupId, failed: false, abandon);
    }

    /// <summary>
    /// Fails the body and calls its errbacks. Of a body that ends in a group each member has failed, and with the part's own error
    /// <paramref name="cause"/>, as in Celery 5.6: nothing else would ever be stored for it.
    /// </summary>
    private async Task FailChordAsync(WorkItem item, Signature body, ChordException error, Exception cause)
    {
        var end = body;
        while (true)
        {
            if (end is ChordSignature chord) end = chord.Body;
            else if (end is ChainSignature { Tasks.Count: > 0 } chain) end = chain.Tasks[^1];
            else break;
        }
        if (end is not GroupSignature group)
        {
            await FailEndAsync(item, end, end, ErrbacksOf(body), error);
            return;
        }
        foreach (var member in EndsOf(group)) await FailEndAsync(item, member, group, ErrbacksOf(body), cause);
        if (group.TaskId is { } id)
            await StoreAsync(item, new ResultMeta { TaskId = id, Status = TaskStates.Failure, Result = ExceptionWire.Write(cause), DateDone = app.Time.GetUtcNow() });
    }

    /// <summary>Fails a task of the body; <paramref name="whole"/>, itself or the group that it belongs to, says what was to follow.</summary>
    private async Task FailEndAsync(WorkItem item, Signature end, Signature whole, List<object?> errbacks, Exception error)
    {
        var outer = end.Options.Map("chord") ?? whole.Options.Map("chord");
        // Celery links an errback of nested chords to the inner and the outer body: the outer one, which fails too, calls it.
        if (outer is not null)
        {
            var left = ErrbacksOf(Signature.FromWire(outer)).ConvertAll(Wire);
            errbacks = errbacks.FindAll(errback => !left.Contains(Wire(errback)));
        }
        // The errbacks first: the body, which never ran, has those that were sent as its children.
        GroupResult? children = null;
        if (errbacks.Count > 0 && TaskRequest.Current is { } part)
        {
            // What failed for them is the body, although it never ran.
            var id = end.TaskId ?? item.Id;
            var request = new TaskRequest(app, new TaskHeaders { Task = end.Task, Id = id, RootId = item.Headers.RootId ?? item.Id }, part.Body, part.Delivery, CancellationToken.None) { NodeName = node };
            await RepeatAsync(item, async () => children = await CallErrbacksAsync(errbacks, id, item.Headers.RootId ?? item.Id, request, error, null));
        }
        var meta = new ResultMeta { TaskId = end.TaskId ?? "", Status = TaskStates.Failure, Result = ExceptionWire.Write(error), DateDone = app.Time.GetUtcNow() };
        if (end.TaskId is not null)
            await StoreAsync(item, meta with { Traceback = TaskExecutor.Traceback(error), Children = children is null ? null : [children.ToTuple()] });
        // An outer chord that waits for this body, and the steps behind it, will not get it either.
        foreach (var step in (whole.Options.List("chain") ?? []).OfType<Dictionary<string, object?>>()) await FailStepAsync(item, step, meta);
        if (outer is not null)
        {
            var place = end.Options.ContainsKey("chord") ? end : whole;
            await CountPartAsync(place.Options.Text("group_id"), place.Options.GetValueOrDefault("group_index") as long?, outer, meta, item);
        }

        static string Wire(object? signature) => Convert.ToBase64String(PlainValue.ToJson(signature, CeleryJson.Typed));
    }

    /// <summary>Those of a whole canvas stand in its own options.</summary>
    private static List<object?> ErrbacksOf(Signature body) => body.Options.List("link_error") is { Count: > 0 } own ? own : body switch
    {
        ChordSignature chord => ErrbacksOf(chord.Body),
        ChainSignature chain => [.. chain.Tasks.SelectMany(ErrbacksOf)],
        _ => [],
    };

    /// <summary>The tasks whose results are a group's results.</summary>
    private static IEnumerable<Signature> EndsOf(Signature signature) => signature switch
    {
        GroupSignature group => group.Tasks.SelectMany(EndsOf),
        ChordSignature chord => EndsOf(chord.Body),
        ChainSignature { Tasks.Count: > 0 } chain => EndsOf(chain.Tasks[^1]),
        _ => [signature],
    };
}
