using System.Runtime.CompilerServices;
using Braid.Driver;
using Braid.Lambdas;

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
                $"Worker processes load the application's assemblies and make code for them at run time. {AheadOfTime.Cause} Use Engine.InProcess otherwise.");
        }

        return Task.FromResult<EngineSession>(new ProcessSession(driver, options));
    }
}
