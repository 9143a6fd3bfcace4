using Braid.Celery.Wire;

namespace Braid.Celery;

/// <summary>
/// Turns a canvas into messages. Options that say what follows (<c>chain</c>, <c>chord</c>, <c>group_id</c>, <c>task_id</c>, <c>link</c>)
/// belong to the end of a chain and to the body of a chord; all others belong to the task that is sent now.
/// </summary>
internal static class CanvasSender
{
    /// <summary>What is handed on to the last step of a chain.</summary>
    private static readonly string[] EndOptions = ["task_id", "group_id", "group_index", "chord", "link"];

    internal static Task<AsyncResult> SendAsync(CeleryApp app, Signature signature, IReadOnlyList<object?> args, Dictionary<string, object?>? options, CancellationToken cancellationToken) =>
        signature switch
        {
            ChainSignature chain => SendChainAsync(app, chain, args, options ?? [], cancellationToken),
            GroupSignature group => SendGroupAsync(app, group, args, options ?? [], cancellationToken),
            ChordSignature chord => SendChordAsync(app, chord, args, options ?? [], cancellationToken),
            _ => app.SendAsync(signature.Task, signature.Immutable ? signature.Args : [.. args, .. signature.Args], signature.Kwargs,
                Merge(signature.Options, options), cancellationToken),
        };

    /// <summary>The second's options over the first's, in a new map; lists of callbacks are joined.</summary>
    internal static Dictionary<string, object?> Merge(Dictionary<string, object?> own, Dictionary<string, object?>? over)
    {
        var merged = new Dictionary<string, object?>(own, StringComparer.Ordinal);
        if (over is null) return merged;
        foreach (var (key, value) in over)
        {
            if (key is "link" or "link_error" && merged.ContainsKey(key))
                foreach (var item in value as List<object?> ?? [value]) Signature.Append(merged, key, item);
            else merged[key] = value;
        }
        return merged;
    }

    private static async Task<AsyncResult> SendChainAsync(CeleryApp app, ChainSignature chain, IReadOnlyList<object?> args, Dictionary<string, object?> options, CancellationToken cancellationToken)
    {
        options = Merge(chain.Options, options);
        var following = (options.List("chain") ?? []).OfType<Dictionary<string, object?>>().Select(m => Signature.FromWire(m, app)).Reverse();
        options.Remove("chain");
        var own = ChainSteps.Flatten([.. chain.Tasks.Select(t => t.Clone())]);
        if (own.Count == 0) throw new ArgumentException("The chain has no tasks.");
        foreach (var key in EndOptions)
        {
            if (options.Remove(key, out var value) && value is not null) own[^1] = WithEnd(own[^1], key, value);
        }
        var steps = ChainSteps.Upgrade([.. own, .. ChainSteps.Flatten([.. following])]);
        foreach (var errback in (options.List("link_error") ?? []).OfType<Dictionary<string, object?>>())
            for (var i = 0; i < steps.Count; i++) steps[i] = steps[i].LinkError(Signature.FromWire(errback));
        options.Remove("link_error");
        if (steps.Count == 1) return await SendAsync(app, steps[0], args, options, cancellationToken);

        AsyncResult? parent = null;
        foreach (var step in steps) parent = Freeze(app, step, parent);
        var rest = steps.Skip(1).Reverse().Select(object? (s) => s.ToWire()).ToList();
        options["chain"] = rest;
        await SendAsync(app, steps[0], args, options, cancellationToken);
        return parent!;
    }

    private static Signature WithEnd(Signature last, string key, object value)
    {
        if (key == "link")
        {
            foreach (var link in (value as List<object?> ?? [value]).OfType<Dictionary<string, object?>>()) last = last.Link(Signature.FromWire(link));
            return last;
        }
        // A chord's end is its body.
        var target = last;
        while (target is ChordSignature chord) target = chord.Body;
        // Who holds the result of a step that has its id already waits for that id, so it stays, as in Celery.
        if (key == "task_id" && target.TaskId is not null) return last;
        target.Options[key] = value;
        return last;
    }

    /// <summary>
    /// Gives every task of a signature that this method's caller owns its id, and returns the tree of results. <paramref name="newId"/> makes the
    /// ids, in the order of the tasks; without it they are random.
    /// </summary>
    internal static AsyncResult Freeze(CeleryApp app, Signature signature, AsyncResult? parent, Func<string>? newId = null)
    {
        switch (signature)
        {
            case ChainSignature chain:
                foreach (var step in chain.Tasks) parent = Freeze(app, step, parent, newId);
                chain.Options["task_id"] = parent!.Id;
                return parent;
            case GroupSignature group:
                var id = Id(group, newId);
                return new GroupResult(app, id, group.Tasks.Select(t => Freeze(app, t, null, newId)).ToList()) { Parent = parent };
            case ChordSignature chord:
                var header = Freeze(app, chord.Header, parent, newId);
                chord.Options["task_id"] = header.Id;
                return Freeze(app, chord.Body, header, newId);
            default:
                signature.Options["reply_to"] = signature.Options.GetValueOrDefault("reply_to") ?? app.ReplyTo;
                return new AsyncResult(app, Id(signature, newId)) { Parent = parent };
        }
    }

    private static string Id(Signature signature, Func<string>? newId)
    {
        if (signature.TaskId is { } present) return present;
        var id = newId?.Invoke() ?? Guid.NewGuid().ToString();
        signature.Options["task_id"] = id;
        return id;
    }

    private static async Task<AsyncResult> SendGroupAsync(CeleryApp app, GroupSignature group, IReadOnlyList<object?> args, Dictionary<string, object?> options, CancellationToken cancellationToken)
    {
        if (options.List("chain") is { Count: > 0 } chain)
        {
            var body = new ChainSignature(chain.OfType<Dictionary<string, object?>>().Select(m => Signature.FromWire(m, app)).Reverse().ToList());
            options.Remove("chain");
            return await SendChordAsync(app, new ChordSignature(group, body, app: app), args, options, cancellationToken);
        }
        options = Merge(group.Options, options);
        var id = options.Remove("task_id", out var given) && given is string text ? text : Guid.NewGuid().ToString();
        // A group at the end of a chain inside a chord's header: its members are parts of that outer chord.
        var partOf = options.ContainsKey("chord") ? options.Text("group_id") : null;
        var index = options.GetValueOrDefault("group_index") as long?;
        var result = new GroupResult(app, id, await SendMembersAsync(app, Unroll(group), args, partOf ?? id, partOf is null ? null : index, options, cancellationToken));
        TaskRequest.Current?.AddChild(result);
        return result;
    }

    /// <summary>Groups within the group give their members.</summary>
    private static List<Signature> Unroll(GroupSignature group) =>
        group.Tasks.SelectMany(t => t is GroupSignature inner ? Unroll(inner) : [t]).ToList();

    private static async Task<List<AsyncResult>> SendMembersAsync(CeleryApp app, List<Signature> members, IReadOnlyList<object?> args, string groupId, long? fixedIndex,
        Dictionary<string, object?> options, CancellationToken cancellationToken)
    {
        var sends = new List<Task<AsyncResult>>(members.Count);
        for (var i = 0; i < members.Count; i++)
        {
            var own = new Dictionary<string, object?>(options, StringComparer.Ordinal)
            {
                ["group_id"] = groupId,
                ["group_index"] = fixedIndex ?? i,
                ["add_to_parent"] = false,
            };
            sends.Add(SendAsync(app, members[i], args, own, cancellationToken));
        }
        return [.. await Task.WhenAll(sends)];
    }

    private static async Task<AsyncResult> SendChordAsync(CeleryApp app, ChordSignature chord, IReadOnlyList<object?> args, Dictionary<string, object?> options, CancellationToken cancellationToken)
    {
        var explicitId = options.Text("task_id");
        options = Merge(chord.Options, options);
        options.Remove("task_id");
        var groupId = chord.Header.TaskId ?? Guid.NewGuid().ToString();

        var body = chord.Body.Clone();
        // A chord at the end of a chain may hold a chain as body: what follows is added behind it.
        var following = options.GetValueOrDefault("chain");
        foreach (var (key, value) in options)
        {
            if (key is "add_to_parent" || value is null) continue;
            if (key == "link_error") body = Appended(body, key, value);
            else if (key == "link") body = Appended(body, key, value);
            else body.Options[key] = value;
        }
        if (explicitId is not null) WithEnd(body, "task_id", explicitId);
        if (!options.ContainsKey("group_id")) End(body).Options.TryAdd("group_id", groupId);
        var result = Freeze(app, body, null);
        foreach (var key in (ReadOnlySpan<string>)["chain", "chord", "group_id", "group_index", "link", "link_error"]) options.Remove(key);

        var members = Unroll((GroupSignature)chord.Header.Clone());
        if (members.Count == 0)
        {
            var direct = new Dictionary<string, object?>(StringComparer.Ordinal) { ["chain"] = following };
            await SendAsync(app, body, [new List<object?>()], direct, cancellationToken);
            return result;
        }
        await app.Backend.SetChordSizeAsync(groupId, members.Sum(m => m.PartCount), cancellationToken);
        options["chord"] = body.ToWire();
        if (members.Exists(m => End(m) is GroupSignature))
        {
            // Who sends the body nests the results as the header does, and must know how before the last part is there.
            var expected = new GroupResult(app, groupId, members.ConvertAll(m => Freeze(app, m, null)));
            await expected.SaveAsync(cancellationToken);
        }
        var parts = await SendMembersAsync(app, members, args, groupId, null, options, cancellationToken);
        var header = new GroupResult(app, groupId, parts);
        TaskRequest.Current?.AddChild(header);
        var first = result;
        while (first.Parent is { } earlier) first = earlier;
        first.Parent = header;
        return result;

        static Signature Appended(Signature body, string key, object value)
        {
            foreach (var item in (value as List<object?> ?? [value]).OfType<Dictionary<string, object?>>())
                body = key == "link" ? body.Link(Signature.FromWire(item)) : body.LinkError(Signature.FromWire(item));
            return body;
        }
    }

    /// <summary>Sends what stands in a running task's place: the end of it, not of what follows it, takes the task's id.</summary>
    internal static Task<AsyncResult> SendReplacementAsync(CeleryApp app, Signature replacement, Dictionary<string, object?> options)
    {
        if (options.Remove("task_id", out var id)) End(replacement).Options["task_id"] = id;
        return SendAsync(app, replacement, [], options, CancellationToken.None);
    }

    /// <summary>The task whose result is the signature's result.</summary>
    private static Signature End(Signature signature)
    {
        while (true)
        {
            if (signature is ChordSignature chord) signature = chord.Body;
            else if (signature is ChainSignature { Tasks.Count: > 0 } chain) signature = chain.Tasks[^1];
            else return signature;
        }
    }
}
