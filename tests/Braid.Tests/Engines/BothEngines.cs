namespace Braid.Tests.Engines;

/// <summary>One cluster of each engine, two workers with a slot each, for tests that leave them as they were.</summary>
public sealed class BothEngines : IAsyncLifetime
{
    private readonly Dictionary<string, RunningCluster> _running = [];

    public Cluster this[string engine] => _running[engine].Cluster;

    public async ValueTask InitializeAsync()
    {
        foreach (var engine in (string[])[EngineNames.InProcess, EngineNames.Processes])
            _running[engine] = await RunningCluster.StartAsync(engine);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var running in _running.Values)
            await running.DisposeAsync();
    }
}
