using Braid.Driver;

namespace Braid.Engines.InProcess;

/// <inheritdoc cref="Engine.InProcess"/>
internal sealed class InProcessEngine : Engine
{
    public override string Name => "inprocess";

    internal override Task<EngineSession> OpenAsync(DriverBackend driver, ClusterOptions options, CancellationToken cancellationToken) =>
        Task.FromResult<EngineSession>(new InProcessSession(driver, options));
}
