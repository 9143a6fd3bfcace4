using System.Runtime.CompilerServices;
using Braid.Driver;

namespace Braid.Engines.Processes;

/// <inheritdoc cref="Engine.Processes"/>
internal sealed class ProcessEngine : Engine
{
    public override string Name => "processes";

    internal override Task<EngineSession> OpenAsync(DriverBackend driver, ClusterOptions options, CancellationToken cancellationToken)
    {
        if (!RuntimeFeature.IsDynamicCodeSupported)
        {
            throw new PlatformNotSupportedException(
                "Worker processes load the application's assemblies, and a program compiled by NativeAOT has none. Use Engine.InProcess, or publish without PublishAot.");
        }

        return Task.FromResult<EngineSession>(new ProcessSession(driver, options));
    }
}
