using Braid.Driver;
using Braid.Execution;
using Braid.Lambdas;
using Braid.Scheduling;
using Braid.Serialization;

namespace Braid.Engines.InProcess;

/// <summary>A cluster whose workers are threads of this process. What a task captures is checked as if it travelled, and passed as it is.</summary>
internal sealed class InProcessSession(DriverBackend driver, ClusterOptions options) : EngineSession
{
    private readonly Lock _gate = new();

    /// <summary>Guarded by <see cref="_gate"/>.</summary>
    private readonly List<InProcessLink> _links = [];

    /// <summary>Of the last lambda that captures nothing: nothing of the user's is kept alive by it. Any thread may replace it.</summary>
    private volatile InProcessSpec? _lastSpec;

    static InProcessSession() => Handles.Register();

    public override string Name => "inprocess";

    public override TaskSpec Prepare(Delegate body, Invoker invoker, TaskOptions taskOptions, out IObjectState[] references)
    {
        var lambda = Lambda.Of(body);
        references = lambda.CapturesNothing ? [] : States(lambda.Find<ObjectRef>(body));
        if (!lambda.CapturesNothing)
            return new InProcessSpec(body, invoker, lambda);
        // The compiler keeps one delegate for each such lambda, so a loop that submits it needs no second spec.
        var last = _lastSpec;
        if (last is null || last.Body != body || last.Invoker != invoker)
            _lastSpec = last = new InProcessSpec(body, invoker, lambda);
        return last;
    }

    public override void Put<T>(TaskRecord<T> record, T value)
    {
        _ = GraphScanner.Find<ObjectRef>(value);
        record.AcceptLocal(value);
    }

    public override object Wrap<T>(T value)
    {
        _ = GraphScanner.Find<ObjectRef>(value);
        return new LocalResult<T>(value);
    }

    public override T Read<T>(Payload payload) =>
        throw new InvalidOperationException("In-process values are never encoded.");

    public override Task<WorkerLink> StartWorkerAsync(int id, CancellationToken cancellationToken)
    {
        options.WorkerInitializer?.Invoke();
        var link = new InProcessLink(driver, options)
        {
            Id = id,
            Slots = options.SlotCount,
            AttemptsLeft = options.TasksPerWorkerMax ?? int.MaxValue,
            Resources = ResourceUnits.OfWorker(options),
        };
        lock (_gate)
            _links.Add(link);
        return Task.FromResult<WorkerLink>(link);
    }

    public override ValueTask DisposeAsync()
    {
        InProcessLink[] links;
        lock (_gate)
            links = [.. _links];
        foreach (var link in links)
            link.End();
        return ValueTask.CompletedTask;
    }

    private static IObjectState[] States(IReadOnlyList<ObjectRef> references)
    {
        if (references.Count == 0)
            return [];
        var states = new IObjectState[references.Count];
        for (var i = 0; i < states.Length; i++)
            states[i] = references[i].State;
        return states;
    }
}
