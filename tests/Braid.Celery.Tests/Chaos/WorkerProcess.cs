using System.Diagnostics;
using System.Globalization;
using Braid.Tests;

namespace Braid.Celery.Tests.Chaos;

/// <summary>A .NET worker as a process of its own, to be killed.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private readonly Process _process;

    private WorkerProcess(Process process) => _process = process;

    internal static async Task<WorkerProcess> StartAsync(string broker, string backend, string queue, int slots, params (string Name, string Value)[] more)
    {
        var info = new ProcessStartInfo("dotnet", [Repository.PathOf("tests", "Braid.Celery.App", "bin", Repository.Configuration, "net10.0", "Braid.Celery.App.dll"),
            slots.ToString(CultureInfo.InvariantCulture), $"{queue}-{Guid.NewGuid():N}@chaos"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)[("BROKER", broker), ("BACKEND", backend), ("LEDGER", backend), ("QUEUE", queue), .. more]) info.Environment[name] = value;
        var process = Process.Start(info)!;
        Assert.Equal("started", await process.StandardOutput.ReadLineAsync().WaitAsync(TestTime.Limit));
        return new(process);
    }

    /// <summary>SIGKILL: nothing is said to anybody.</summary>
    internal async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(TestTime.Limit);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await KillAsync();
        _process.Dispose();
    }
}
