using System.CommandLine;

namespace Braid.Celery.Cli;

/// <summary>The options that say which app is meant; they stand before or after the command.</summary>
internal sealed class AppOptions
{
    private readonly Option<string?> _app = new("--app", "-A") { Description = "The app: path.dll, or path.dll:Type.Member for one of several.", Recursive = true };
    private readonly Option<string?> _broker = new("--broker", "-b") { Description = "The broker's URL, over the app's own. Default: CELERY_BROKER_URL, else amqp://guest@localhost//.", Recursive = true };
    private readonly Option<string?> _backend = new("--result-backend") { Description = "The result backend's URL, over the app's own. Default: CELERY_RESULT_BACKEND, else none.", Recursive = true };
    private readonly Option<string?> _workdir = new("--workdir") { Description = "The folder to run in.", Recursive = true };

    internal void AddTo(Command root)
    {
        foreach (var option in (Option[])[_app, _broker, _backend, _workdir]) root.Options.Add(option);
    }

    /// <summary>The app that the command line names, or one without tasks that can only send and ask.</summary>
    internal CeleryApp Load(ParseResult line)
    {
        if (line.GetValue(_workdir) is { } folder)
        {
            if (!Directory.Exists(folder)) throw new UsageException($"--workdir {folder}: there is no such folder.");
            Directory.SetCurrentDirectory(folder);
        }
        var broker = line.GetValue(_broker) ?? Variable("CELERY_BROKER_URL");
        var backend = line.GetValue(_backend) ?? Variable("CELERY_RESULT_BACKEND");
        if (line.GetValue(_app) is not { } name) return new CeleryApp("braid-celery", broker ?? "amqp://guest@localhost//", backend);
        var app = AppLoader.Load(name);
        app.UseUrls(line.GetValue(_broker), line.GetValue(_backend));
        return app;
    }

    /// <summary>As <see cref="Load"/>, for commands that are nothing without tasks.</summary>
    internal CeleryApp Require(ParseResult line) => line.GetValue(_app) is null
        ? throw new UsageException("Name the app: braid-celery -A path.dll[:Type.Member] …")
        : Load(line);

    /// <summary>Makes the same app in a worker process.</summary>
    internal Func<CeleryApp> Factory(ParseResult line)
    {
        var (name, broker, backend) = (line.GetValue(_app)!, line.GetValue(_broker), line.GetValue(_backend));
        var dot = name.LastIndexOf(".dll:", StringComparison.OrdinalIgnoreCase);
        // The child may stand in another folder.
        var full = dot < 0 ? Path.GetFullPath(name) : Path.GetFullPath(name[..(dot + 4)]) + name[(dot + 4)..];
        return () =>
        {
            var app = AppLoader.Load(full);
            app.UseUrls(broker, backend);
            return app;
        };
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
