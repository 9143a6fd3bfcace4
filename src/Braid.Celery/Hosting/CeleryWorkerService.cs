using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Braid.Celery;

/// <summary>Runs a worker as long as its host runs; the host's shutdown is a warm shutdown of the worker.</summary>
internal sealed class CeleryWorkerService(CeleryApp app, WorkerOptions options, IServiceProvider services, ILoggerFactory loggers) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        app.Services ??= services;
        app.Logger = loggers.CreateLogger("Braid.Celery");
        await app.RunWorkerAsync(options, stoppingToken);
    }
}

/// <summary>Runs a beat as long as its host runs.</summary>
internal sealed class CeleryBeatService(CeleryApp app, BeatOptions options, ILoggerFactory loggers) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        app.Logger = loggers.CreateLogger("Braid.Celery");
        return app.RunBeatAsync(options, stoppingToken);
    }
}

/// <summary>Adds Celery to a host's services.</summary>
public static class CeleryServiceCollectionExtensions
{
    /// <summary>
    /// Runs a worker of this app in the host, and offers the app to other services. Parameters marked <see cref="ServiceAttribute"/> and
    /// classes of tasks get their services from a scope of their own for each task.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="app">The app, with its tasks.</param>
    /// <param name="options">How the worker runs.</param>
    public static IServiceCollection AddCeleryWorker(this IServiceCollection services, CeleryApp app, WorkerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(app);
        services.TryAddSingleton(app);
        services.AddSingleton<IHostedService>(provider =>
            new CeleryWorkerService(app, options ?? new(), provider, provider.GetRequiredService<ILoggerFactory>()));
        return services;
    }

    /// <summary>Runs a beat of this app in the host. Any number of hosts may do so: each tick is sent once.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="app">The app, with its periodic tasks.</param>
    /// <param name="options">How the beat runs.</param>
    public static IServiceCollection AddCeleryBeat(this IServiceCollection services, CeleryApp app, BeatOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(app);
        services.TryAddSingleton(app);
        services.AddSingleton<IHostedService>(provider => new CeleryBeatService(app, options ?? new(), provider.GetRequiredService<ILoggerFactory>()));
        return services;
    }
}
