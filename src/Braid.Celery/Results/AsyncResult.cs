using System.Runtime.CompilerServices;
using System.Text.Json;
using Braid.Celery.Wire;

namespace Braid.Celery;

/// <summary>A task that was sent: its state and, when it is done, its result.</summary>
public class AsyncResult
{
    internal AsyncResult(CeleryApp app, string id)
    {
        App = app;
        Id = id;
    }

    internal CeleryApp App { get; }

    /// <summary>The task's id; a group's for a <see cref="GroupResult"/>.</summary>
    public string Id { get; }

    /// <summary>What came before it in a chain or chord; null when it is the first or not known here.</summary>
    public AsyncResult? Parent { get; internal set; }

    /// <summary>The group result, when this stands for one.</summary>
    internal AsyncResult? Owner => this as GroupResult;

    /// <summary>The state now: one of <see cref="TaskStates"/>, or one that the task named itself.</summary>
    public virtual async Task<string> GetStateAsync(CancellationToken cancellationToken = default) =>
        (await App.Backend.GetAsync(Id, cancellationToken))?.Status ?? TaskStates.Pending;

    /// <summary>What is stored with the state now: the result, or what the task said of its progress.</summary>
    public async Task<T?> GetInfoAsync<T>(CancellationToken cancellationToken = default) =>
        await App.Backend.GetAsync(Id, cancellationToken) is { } meta ? JsonSerializer.Deserialize<T>(meta.Result.Span, App.Json) : default;

    /// <summary>Waits for the result.</summary>
    /// <param name="timeout">How long at most; null waits without a limit.</param>
    /// <param name="cancellationToken">Ends the wait, not the task.</param>
    /// <exception cref="TaskException">The task failed, or an earlier step of its chain.</exception>
    /// <exception cref="TaskRevokedException">The task was revoked or expired.</exception>
    /// <exception cref="TimeoutException">It was not ready in time.</exception>
    public virtual async Task<T> GetAsync<T>(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        var meta = await WaitAsync(timeout, cancellationToken);
        return Value<T>(meta);
    }

    internal T Value<T>(ResultMeta meta)
    {
        if (TaskStates.Propagates(meta.Status)) throw ExceptionWire.Read(meta.Result.Span, meta.Traceback, Id);
        return JsonSerializer.Deserialize<T>(meta.Result.Span, App.Json)!;
    }

    /// <summary>Waits until it is ready, whatever the outcome. A failed step of its chain is its own failure.</summary>
    internal async Task<ResultMeta> WaitAsync(TimeSpan? timeout, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (timeout is { } span) limit.CancelAfter(span);
        try
        {
            var own = App.Backend.WaitAsync(Id, limit.Token);
            if (Parent is null) return await own;
            // Python's workers write a failure to every later step; one that died in between does not.
            var failed = FirstFailureAsync(limit.Token);
            await Task.WhenAny((Task)own, failed);
            var meta = own.IsCompleted ? await own : await failed ?? await own;
            await limit.CancelAsync();
            return meta;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && timeout is not null)
        {
            throw new TimeoutException($"Task {Id} was not ready within {timeout.Value.TotalSeconds} seconds.");
        }
    }

    private async Task<ResultMeta?> FirstFailureAsync(CancellationToken cancellationToken)
    {
        if (Parent is null) return null;
        if (await Parent.FirstFailureAsync(cancellationToken) is { } earlier) return earlier;
        if (Parent is GroupResult group)
        {
            foreach (var part in group.Results)
                if (await App.Backend.WaitAsync(part.Id, cancellationToken) is var meta && TaskStates.Propagates(meta.Status)) return meta;
            return null;
        }
        return await App.Backend.WaitAsync(Parent.Id, cancellationToken) is var own && TaskStates.Propagates(own.Status) ? own : null;
    }

    /// <summary>The tasks that this task sent while it ran, known once it is ready.</summary>
    public async Task<IReadOnlyList<AsyncResult>> GetChildrenAsync(CancellationToken cancellationToken = default)
    {
        var meta = await App.Backend.GetAsync(Id, cancellationToken);
        return meta?.Children is { } children ? children.Select(c => FromTuple(App, c)).OfType<AsyncResult>().ToList() : [];
    }

    /// <summary>This result and those of all tasks that followed from it, each when it is ready.</summary>
    public async IAsyncEnumerable<(AsyncResult Result, object? Value)> CollectAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var waiting = new Queue<AsyncResult>([this]);
        while (waiting.TryDequeue(out var next))
        {
            if (next is GroupResult group)
            {
                foreach (var member in group.Results) waiting.Enqueue(member);
                continue;
            }
            yield return (next, await next.GetAsync<object?>(null, cancellationToken));
            foreach (var child in await next.GetChildrenAsync(cancellationToken)) waiting.Enqueue(child);
        }
    }

    /// <summary>Tells all workers not to run it; with <paramref name="terminate"/> also to stop it when it runs.</summary>
    public Task RevokeAsync(bool terminate = false, CancellationToken cancellationToken = default) =>
        App.Control.RevokeAsync(Id, terminate, cancellationToken: cancellationToken);

    /// <summary>Removes the result from the backend.</summary>
    public virtual Task ForgetAsync(CancellationToken cancellationToken = default) => App.Backend.ForgetAsync(Id, cancellationToken);

    /// <summary>Python's tuple form: <c>[[id, parent], null]</c>.</summary>
    internal virtual List<object?> ToTuple() => [new List<object?> { Id, Parent?.ToTuple() }, null];

    internal static AsyncResult? FromTuple(CeleryApp app, object? tuple)
    {
        if (tuple is not List<object?> { Count: 2 } pair || pair[0] is not List<object?> { Count: 2 } head || head[0] is not string id) return null;
        var parent = FromTuple(app, head[1]);
        return pair[1] is List<object?> members
            ? new GroupResult(app, id, members.Select(m => FromTuple(app, m)).OfType<AsyncResult>().ToList()) { Parent = parent }
            : new AsyncResult(app, id) { Parent = parent };
    }
}

/// <summary>A task that was sent, with the type of its result.</summary>
public sealed class AsyncResult<T> : AsyncResult
{
    internal AsyncResult(AsyncResult untyped) : base(untyped.App, untyped.Id) => Parent = untyped.Parent;

    /// <inheritdoc cref="AsyncResult.GetAsync{T}(TimeSpan?, CancellationToken)"/>
    public Task<T> GetAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) => GetAsync<T>(timeout, cancellationToken);
}

/// <summary>The results of a group, in the order of its members.</summary>
public sealed class GroupResult : AsyncResult
{
    internal GroupResult(CeleryApp app, string id, IReadOnlyList<AsyncResult> results) : base(app, id) => Results = results;

    /// <summary>One result a member.</summary>
    public IReadOnlyList<AsyncResult> Results { get; }

    /// <summary>Waits for all and returns their results in order; throws the first failure in that order.</summary>
    public async Task<IReadOnlyList<T>> JoinAsync<T>(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        await Task.WhenAll(Results.Select(r => r.GetAsync<T>(timeout, cancellationToken)));

    /// <summary>The members' results as one list; <typeparamref name="T"/> is a list or array type.</summary>
    public override async Task<T> GetAsync<T>(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        var values = await JoinAsync<JsonElement>(timeout, cancellationToken);
        return JsonSerializer.Deserialize<T>(JsonSerializer.SerializeToUtf8Bytes(values), App.Json)!;
    }

    /// <summary>SUCCESS when all members have succeeded, FAILURE when one has not, else PENDING.</summary>
    public override async Task<string> GetStateAsync(CancellationToken cancellationToken = default)
    {
        var states = await Task.WhenAll(Results.Select(r => r.GetStateAsync(cancellationToken)));
        return states.Any(TaskStates.Propagates) ? TaskStates.Failure : states.All(s => s == TaskStates.Success) ? TaskStates.Success : TaskStates.Pending;
    }

    /// <summary>How many members are done and succeeded.</summary>
    public async Task<int> CompletedCountAsync(CancellationToken cancellationToken = default) =>
        (await Task.WhenAll(Results.Select(r => r.GetStateAsync(cancellationToken)))).Count(s => s == TaskStates.Success);

    /// <summary>Stores the ids, so that <see cref="CeleryApp.RestoreGroupAsync"/> or Python's <c>GroupResult.restore</c> finds them.</summary>
    public Task SaveAsync(CancellationToken cancellationToken = default) => App.Backend.SaveGroupAsync(Id, ToTuple(), cancellationToken);

    /// <inheritdoc/>
    public override async Task ForgetAsync(CancellationToken cancellationToken = default)
    {
        foreach (var result in Results) await result.ForgetAsync(cancellationToken);
        await App.Backend.DeleteGroupAsync(Id, cancellationToken);
    }

    internal override List<object?> ToTuple() => [new List<object?> { Id, Parent?.ToTuple() }, Results.Select(object? (r) => r.ToTuple()).ToList()];
}
