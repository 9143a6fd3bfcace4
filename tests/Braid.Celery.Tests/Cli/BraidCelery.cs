using System.Collections.Concurrent;
using System.Diagnostics;
using Braid.Tests;

namespace Braid.Celery.Tests.Cli;

/// <summary>The command line as a process, on a queue of its own.</summary>
internal sealed class BraidCelery : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();

    private BraidCelery(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, e) => Keep(e.Data);
        process.ErrorDataReceived += (_, e) => Keep(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    internal int Id => _process.Id;

    private void Keep(string? line)
    {
        if (line is not null) _output.Enqueue(line);
    }

    internal string Output => string.Join('\n', _output);

    internal static BraidCelery Start(string broker, string queue, params string[] arguments) => StartWith(broker, Brokers.Backend, queue, arguments);

    internal static BraidCelery StartWith(string broker, string backend, string queue, params string[] arguments) =>
        Start("dotnet", CommandLine(broker, backend, arguments), queue);

    private static string[] CommandLine(string broker, string backend, string[] arguments) =>
        [Repository.PathOf("src", "Braid.Celery.Cli", "bin", Repository.Configuration, "net10.0", "braid-celery.dll"), "-b", Brokers.Url(broker), "--result-backend", backend, .. arguments];

    /// <summary>On a terminal of its own, of 200 columns. Ctrl+C is heard there, whatever the tests were started by does with it.</summary>
    internal static BraidCelery StartOnTerminal(string broker, string queue, params string[] arguments)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "script(1) makes the terminal, with util-linux's options.");
        var line = string.Join(' ', CommandLine(broker, Brokers.Backend, arguments).Select(a => $"'{a}'"));
        return Start("script", ["-qefc", $"stty cols 200 rows 60; exec env --default-signal=INT dotnet {line}", "/dev/null"], queue);
    }

    /// <summary>Ctrl+C on the terminal.</summary>
    internal async Task InterruptAsync()
    {
        await _process.StandardInput.WriteAsync('\u0003');
        await _process.StandardInput.FlushAsync();
    }

    private static BraidCelery Start(string program, string[] commandLine, string queue)
    {
        var info = new ProcessStartInfo(program, commandLine)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.PathOf("tests", "Braid.Celery.App", "bin", Repository.Configuration, "net10.0"),
            Environment = { ["APP"] = queue, ["QUEUE"] = queue },
        };
        return new BraidCelery(Process.Start(info)!);
    }

    /// <summary>Runs a command to its end.</summary>
    internal static async Task<(int ExitCode, string Output)> RunAsync(string broker, string queue, params string[] arguments)
    {
        await using var command = Start(broker, queue, arguments);
        var code = await command.ExitAsync();
        return (code, command.Output);
    }

    internal Task UntilSaysAsync(string text) => TestTime.UntilAsync(() => _process.HasExited && !Output.Contains(text, StringComparison.Ordinal)
        ? throw new InvalidOperationException($"It ended and did not say '{text}': {Output}")
        : Task.FromResult(Output.Contains(text, StringComparison.Ordinal)), $"it says '{text}'");

    internal void Signal(string signal)
    {
        using var kill = Process.Start("kill", ["-" + signal, _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    internal async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(TestTime.Limit);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }
        _process.Dispose();
    }
}
