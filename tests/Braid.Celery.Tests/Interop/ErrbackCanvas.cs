namespace Braid.Celery.Tests.Interop;

/// <summary>Canvas that fails, with errbacks on every part of it: what Python/errbacks.py builds, built here, and what is to be called.</summary>
internal sealed class ErrbackCanvas(CeleryApp app, string side, string queue, string prefix, string otherSide, string otherQueue)
{
    /// <summary>
    /// The calls: the failed task's id, which errback, and what it was given: the error's type, whether there is a traceback, its own argument.
    /// </summary>
    internal static readonly string[] Calls =
    [
        .. Both("task", "ValueError", "with"), "own new ValueError with x", .. Both("chain", "ValueError", "with"),
        .. Both("group-1", "ValueError", "with", "group"), .. Both("group-2", "ValueError", "with", "group"),
        .. Both("chord", "ChordError", "without"), "header old -", "header new ValueError with -", "body old -", "body new ChordError without -",
        .. Both("from-group", "ChordError", "without"), .. Both("failing-body", "ValueError", "with"),
        "as-group old -", "as-group old g", "as-group-own old -",
        "upgraded-own old i", "chain-body-own old i", "as-chord old -", "as-chord old c", "as-chord collect 2", "across old -", .. Both("replaced", "ValueError", "with"),
    ];

    /// <summary>A chain as an errback: Celery 5.2 takes it for an errback of the new form, and fails in calling it.</summary>
    internal static readonly string[] CallsByNet = ["as-chain old -", "as-chain collect 1"];

    private static string[] Both(string id, string error, string traceback, string? own = null) =>
        [$"{id} old -", $"{id} new {error} {traceback} -", $"{own ?? id}-own old i", $"{id} new {error} {traceback} x"];

    internal async Task SendAsync()
    {
        Signature old = Task("old_errback"), fresh = Task("new_errback");
        Signature[] Every(string of) => [old, fresh, Own(of + "-own", "i"), With("new_errback", "x")];

        await SendAsync(Fail("task"), Every("task"));
        await SendAsync(Fail("own"), Task("new_errback", "x"));
        await SendAsync(Canvas.Chain(Ok(), Fail("chain"), Ok()), Every("chain"));
        await SendAsync(Canvas.Group(Ok(), Fail("group-1"), Fail("group-2")), Every("group"));
        await SendAsync(Canvas.Chord([Ok(), Fail("chord-part")], Sum("chord")), Every("chord"));
        await SendAsync(Canvas.Chord([Ok(), Fail("header").LinkError(old).LinkError(fresh)], Sum("header-body")));
        await SendAsync(Canvas.Chord([Ok(), Fail("body-part")], Sum("body").LinkError(old).LinkError(fresh)));
        await SendAsync(Canvas.Chain(Canvas.Group(Fail("from-group-1"), Fail("from-group-2")), Sum("from-group")), Every("from-group"));
        await SendAsync(Canvas.Chain(Ok(), Canvas.Group(Ok(), Fail("upgraded-part")), Task("xsum"), Ok()), Own("upgraded-own", "i"));
        await SendAsync(Canvas.Chord([Ok(), Fail("chain-part")], Canvas.Chain(Task("xsum"), Ok())), Own("chain-body-own", "i"));
        await SendAsync(Canvas.Chord([Ok(), Ok()], Fail("failing-body")), Every("failing-body"));
        await SendAsync(Fail("as-group"), Canvas.Group(old, With("old_errback", "g"), Own("as-group-own", null)));
        await SendAsync(Fail("as-chord"), Canvas.Chord([old, With("old_errback", "c")], Task("collect")));
        await SendAsync(Fail("as-chain"), Canvas.Chain(old, Task("collect")));
        await SendAsync(Fail("across"), app.Signature(otherSide + ".old_errback").Set(new() { Queue = otherQueue }));
        await SendAsync(Named(Task("replace_fail"), "replaced"), Every("replaced"));
    }

    private static Task<AsyncResult> SendAsync(Signature canvas, params Signature[] errbacks) => errbacks.Aggregate(canvas, (c, errback) => c.LinkError(errback)).ApplyAsync();

    private Signature Task(string name, params object?[] args) => app.Signature($"{side}.{name}", args).Set(new() { Queue = queue });

    private Signature With(string name, string extra) => new CeleryTask(app, $"{side}.{name}").S([], new Dictionary<string, object?> { ["extra"] = extra }).Set(new() { Queue = queue });

    private Signature Named(Signature task, string id) => task.Set(new() { TaskId = prefix + id });

    private Signature Immutable(string name, params object?[] args) => new CeleryTask(app, $"{side}.{name}").Si(args).Set(new() { Queue = queue });

    private Signature Own(string id, string? extra) => extra is null
        ? Immutable("old_errback", prefix + id)
        : new Signature($"{side}.old_errback", [prefix + id], new Dictionary<string, object?> { ["extra"] = extra }, immutable: true, app: app).Set(new() { Queue = queue });

    private Signature Fail(string id) => Named(Immutable("fail", "boom"), id);

    private Signature Ok() => Immutable("add", 1, 1);

    private Signature Sum(string id) => Named(Task("xsum"), id);
}
