using Braid.Celery.Wire;

namespace Braid.Celery;

/// <summary>Tasks one after the other, each with the result of the one before.</summary>
public sealed class ChainSignature : Signature
{
    internal ChainSignature(IReadOnlyList<Signature> tasks, Dictionary<string, object?>? options = null, bool immutable = false, CeleryApp? app = null)
        : base("celery.chain", [], new Dictionary<string, object?>(), options, immutable, app) => Tasks = tasks;

    /// <summary>The steps, first to last.</summary>
    public IReadOnlyList<Signature> Tasks { get; }

    /// <inheritdoc/>
    public override string? SubtaskType { get => "chain"; internal init { } }

    internal override int PartCount => Tasks.Count == 0 ? 0 : Tasks[^1].PartCount;

    internal override CeleryApp? FindApp() => App ?? Tasks.Select(t => t.FindApp()).FirstOrDefault(a => a is not null);

    internal override Signature Clone() => new ChainSignature([.. Tasks.Select(t => t.Clone())], PlainValue.CloneMap(_options), Immutable, App);

    internal override Signature Partial(IReadOnlyList<object?> args, IReadOnlyDictionary<string, object?>? kwargs = null) =>
        Tasks.Count == 0 ? Clone() : new ChainSignature([Tasks[0].Partial(args, kwargs), .. Tasks.Skip(1)], PlainValue.CloneMap(_options), Immutable, App);

    /// <inheritdoc/>
    public override Signature Stamp(IReadOnlyDictionary<string, object?> stamps) =>
        new ChainSignature([.. Tasks.Select(t => t.Stamp(stamps))], PlainValue.CloneMap(_options), Immutable, App);

    internal override Dictionary<string, object?> ToWire()
    {
        var wire = base.ToWire();
        wire["kwargs"] = new Dictionary<string, object?>(StringComparer.Ordinal) { ["tasks"] = Tasks.Select(object? (t) => t.ToWire()).ToList() };
        return wire;
    }
}

/// <summary>Tasks side by side.</summary>
public sealed class GroupSignature : Signature
{
    internal GroupSignature(IReadOnlyList<Signature> tasks, Dictionary<string, object?>? options = null, bool immutable = false, CeleryApp? app = null)
        : base("celery.group", [], new Dictionary<string, object?>(), options, immutable, app) => Tasks = tasks;

    /// <summary>The members.</summary>
    public IReadOnlyList<Signature> Tasks { get; }

    /// <inheritdoc/>
    public override string? SubtaskType { get => "group"; internal init { } }

    internal override int PartCount => Tasks.Sum(t => t.PartCount);

    internal override CeleryApp? FindApp() => App ?? Tasks.Select(t => t.FindApp()).FirstOrDefault(a => a is not null);

    internal override Signature Clone() => new GroupSignature([.. Tasks.Select(t => t.Clone())], PlainValue.CloneMap(_options), Immutable, App);

    internal override Signature Partial(IReadOnlyList<object?> args, IReadOnlyDictionary<string, object?>? kwargs = null) =>
        new GroupSignature([.. Tasks.Select(t => t.Partial(args, kwargs))], PlainValue.CloneMap(_options), Immutable, App);

    /// <summary>Celery links a group's callback to its first member only; here that is refused: use a chord.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override Signature Link(Signature callback) => throw new NotSupportedException("A group has no single result to call back with: use Canvas.Chord(group, callback).");

    /// <inheritdoc/>
    public override Signature LinkError(Signature errback) =>
        new GroupSignature([.. Tasks.Select(t => t.LinkError(errback))], PlainValue.CloneMap(_options), Immutable, App);

    /// <inheritdoc/>
    public override Signature Stamp(IReadOnlyDictionary<string, object?> stamps) =>
        new GroupSignature([.. Tasks.Select(t => t.Stamp(stamps))], PlainValue.CloneMap(_options), Immutable, App);

    /// <summary>Sends all members and returns their results as a group.</summary>
    public async Task<GroupResult> ApplyGroupAsync(CancellationToken cancellationToken = default) => (GroupResult)(await SendAsync([], null, cancellationToken)).Owner!;

    internal override Dictionary<string, object?> ToWire()
    {
        var wire = base.ToWire();
        wire["kwargs"] = new Dictionary<string, object?>(StringComparer.Ordinal) { ["tasks"] = Tasks.Select(object? (t) => t.ToWire()).ToList() };
        return wire;
    }
}

/// <summary>A group whose results, in order, become the argument of one more task.</summary>
public sealed class ChordSignature : Signature
{
    internal ChordSignature(GroupSignature header, Signature body, Dictionary<string, object?>? options = null, bool immutable = false, CeleryApp? app = null)
        : base("celery.chord", [], new Dictionary<string, object?>(), options, immutable, app)
    {
        Header = header;
        Body = body;
    }

    /// <summary>The tasks that come first, side by side.</summary>
    public GroupSignature Header { get; }

    /// <summary>The task that takes the list of their results.</summary>
    public Signature Body { get; }

    /// <inheritdoc/>
    public override string? SubtaskType { get => "chord"; internal init { } }

    internal override int PartCount => Body.PartCount;

    internal override CeleryApp? FindApp() => App ?? Body.FindApp() ?? Header.FindApp();

    internal override Signature Clone() => new ChordSignature((GroupSignature)Header.Clone(), Body.Clone(), PlainValue.CloneMap(_options), Immutable, App);

    internal override Signature Partial(IReadOnlyList<object?> args, IReadOnlyDictionary<string, object?>? kwargs = null) =>
        new ChordSignature((GroupSignature)Header.Partial(args, kwargs), Body.Clone(), PlainValue.CloneMap(_options), Immutable, App);

    /// <inheritdoc/>
    public override Signature Link(Signature callback) => new ChordSignature(Header, Body.Link(callback), PlainValue.CloneMap(_options), Immutable, App);

    /// <inheritdoc/>
    public override Signature LinkError(Signature errback) => new ChordSignature(Header, Body.LinkError(errback), PlainValue.CloneMap(_options), Immutable, App);

    /// <inheritdoc/>
    public override Signature Stamp(IReadOnlyDictionary<string, object?> stamps) =>
        new ChordSignature((GroupSignature)Header.Stamp(stamps), Body.Stamp(stamps), PlainValue.CloneMap(_options), Immutable, App);

    internal override Dictionary<string, object?> ToWire()
    {
        var wire = base.ToWire();
        wire["kwargs"] = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["kwargs"] = new Dictionary<string, object?>(),
            ["header"] = Header.ToWire(),
            ["body"] = Body.ToWire(),
        };
        return wire;
    }
}
