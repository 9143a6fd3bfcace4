using System.Globalization;
using Braid.Celery.Control;

namespace Braid.Celery.Workers;

/// <summary>The worker's events about itself: that it came, every few seconds that it lives, that it went.</summary>
internal sealed class Heartbeat(CeleryWorker worker, TimeSpan interval, TimeProvider time) : IAsyncDisposable
{
    private ITimer? _timer;

    internal void Start()
    {
        Post("worker-online");
        _timer = time.CreateTimer(_ => Post("worker-heartbeat"), null, interval, interval);
    }

    internal void Post(string type)
    {
        Span<(string, object?)> fields =
        [
            ("freq", interval.TotalSeconds),
            ("active", (long)worker.Active.Count),
            ("processed", worker.Totals.Values.Sum()),
            ("loadavg", LoadAverage()),
            ("sw_ident", "braid-celery"),
            ("sw_ver", SoftwareReport.Version),
            ("sw_sys", SoftwareReport.Platform),
        ];
        worker.Events.Post(type, fields);
    }

    private static List<object?> LoadAverage()
    {
        if (!OperatingSystem.IsLinux()) return [0.0, 0.0, 0.0];
        try
        {
            return [.. File.ReadAllText("/proc/loadavg").Split(' ').Take(3).Select(object? (t) => double.Parse(t, CultureInfo.InvariantCulture))];
        }
        catch (IOException) { return [0.0, 0.0, 0.0]; }
    }

    /// <summary>Says that the worker goes, if it ever said that it came.</summary>
    internal async Task StopAsync()
    {
        if (_timer is not { } timer) return;
        _timer = null;
        await timer.DisposeAsync();
        Post("worker-offline");
    }

    public ValueTask DisposeAsync() => _timer?.DisposeAsync() ?? ValueTask.CompletedTask;
}
