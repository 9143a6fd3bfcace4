namespace Braid.Celery;

/// <summary>A task by its name: sends it, and makes signatures of it. Whether this process or another runs it does not matter.</summary>
public class CeleryTask
{
    internal CeleryTask(CeleryApp app, string name)
    {
        App = app;
        Name = name;
    }

    internal CeleryApp App { get; }

    /// <summary>The task's name on the wire.</summary>
    public string Name { get; }

    /// <summary>A signature: the task with these arguments, to be completed by results of others.</summary>
    public Signature S(params object?[] args) => new(Name, args ?? [null], new Dictionary<string, object?>(), app: App);

    /// <summary>An immutable signature: it takes no results of others.</summary>
    public Signature Si(params object?[] args) => new(Name, args ?? [null], new Dictionary<string, object?>(), immutable: true, app: App);

    /// <summary>A signature with keyword arguments.</summary>
    public Signature S(IReadOnlyList<object?> args, IReadOnlyDictionary<string, object?> kwargs) => new(Name, args, kwargs, app: App);
}

/// <summary>A task with the type of its result.</summary>
public sealed class CeleryTask<TResult> : CeleryTask
{
    internal CeleryTask(CeleryApp app, string name) : base(app, name)
    {
    }

    /// <summary>Sends the task with these arguments.</summary>
    public async Task<AsyncResult<TResult>> DelayAsync(params object?[] args) =>
        new(await App.SendAsync(Name, args ?? [null], NoKwargs, null, CancellationToken.None));

    /// <summary>Sends the task.</summary>
    /// <param name="args">Positional arguments.</param>
    /// <param name="kwargs">Keyword arguments.</param>
    /// <param name="options">How it is sent.</param>
    /// <param name="cancellationToken">Gives up sending; the message may be under way.</param>
    public async Task<AsyncResult<TResult>> ApplyAsync(IReadOnlyList<object?>? args = null, IReadOnlyDictionary<string, object?>? kwargs = null,
        SendOptions? options = null, CancellationToken cancellationToken = default)
    {
        Dictionary<string, object?>? map = null;
        if (options is not null) options.CopyTo(map = new(StringComparer.Ordinal));
        return new(await App.SendAsync(Name, args ?? [], kwargs ?? NoKwargs, map, cancellationToken));
    }

    private static readonly Dictionary<string, object?> NoKwargs = [];
}
