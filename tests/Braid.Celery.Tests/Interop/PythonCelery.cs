using System.Diagnostics;
using System.Text.Json;

namespace Braid.Celery.Tests.Interop;

/// <summary>Debian's Celery: a console that evaluates an expression of Python beside a Celery app, or a worker.</summary>
internal sealed class PythonCelery : IAsyncDisposable
{
    private const string Python = "/usr/bin/python3";

    private static readonly Lazy<bool> Installed = new(() =>
    {
        if (!File.Exists(Python)) return false;
        using var process = Process.Start(new ProcessStartInfo(Python, ["-c", "import celery, redis"]) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    });

    private readonly Process _process;

    private PythonCelery(Process process) => _process = process;

    private static ProcessStartInfo StartInfo((string Broker, string Backend) urls, string queue, string? transportOptions)
    {
        Assert.SkipUnless(Installed.Value, "Python's celery is not installed (Debian: python3-celery python3-redis).");
        var info = new ProcessStartInfo(Python)
        {
            WorkingDirectory = Path.Combine(AppContext.BaseDirectory, "Python"),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["BROKER"] = urls.Broker,
                ["BACKEND"] = urls.Backend,
                ["QUEUE"] = queue,
                ["TRANSPORT"] = transportOptions ?? "{}",
                ["PYTHONDONTWRITEBYTECODE"] = "1",
            },
        };
        return info;
    }

    /// <summary>A console whose tasks go to a queue.</summary>
    internal static PythonCelery Console(string broker, string queue)
    {
        var info = StartInfo((Brokers.Url(broker), Brokers.Backend), queue, null);
        info.ArgumentList.Add("pytasks.py");
        var process = Process.Start(info)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        return new PythonCelery(process);
    }

    /// <summary>Runs a script of the folder Python on an input, and returns its output, both JSON.</summary>
    internal static async Task<JsonElement> RunAsync(string script, object input)
    {
        Assert.SkipUnless(Installed.Value, "Python's celery is not installed (Debian: python3-celery python3-redis).");
        var info = new ProcessStartInfo(Python, [Path.Combine(AppContext.BaseDirectory, "Python", script)]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        info.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using var process = Process.Start(info)!;
        var output = process.StandardOutput.ReadToEndAsync();
        await process.StandardInput.WriteAsync(JsonSerializer.Serialize(input));
        process.StandardInput.Close();
        var text = await output.WaitAsync(TestTime.Limit);
        await process.WaitForExitAsync().WaitAsync(TestTime.Limit);
        Assert.Equal(0, process.ExitCode);
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>A worker on a queue; returns when it takes tasks.</summary>
    internal static Task<PythonCelery> WorkerAsync(string broker, string queue) => WorkerAsync(StartInfo((Brokers.Url(broker), Brokers.Backend), queue, null), queue, "pytasks");

    /// <summary>A worker that answers commands while its tasks run, in processes of its own.</summary>
    internal static Task<PythonCelery> PreforkWorkerAsync(string broker, string queue, int processes)
    {
        var info = StartInfo((Brokers.Url(broker), Brokers.Backend), queue, null);
        return WorkerAsync(info, queue, "pytasks", "-P", "prefork", "-c", processes.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>A worker on a queue of its own behind a fanout exchange: Celery's <c>Broadcast</c>.</summary>
    internal static Task<PythonCelery> BroadcastWorkerAsync(string broker, string exchange)
    {
        var info = StartInfo((Brokers.Url(broker), Brokers.Backend), exchange, null);
        info.Environment["BROADCAST"] = "1";
        return WorkerAsync(info, exchange, "pytasks");
    }

    /// <summary>A worker of another module, in another folder.</summary>
    internal static Task<PythonCelery> WorkerAsync(string broker, string queue, string folder, string module)
    {
        var info = StartInfo((Brokers.Url(broker), Brokers.Backend), queue, null);
        info.WorkingDirectory = folder;
        (info.Environment["CELERY_BROKER_URL"], info.Environment["CELERY_RESULT_BACKEND"]) = (Brokers.Url(broker), Brokers.Backend);
        return WorkerAsync(info, queue, module);
    }

    /// <inheritdoc cref="WorkerAsync(string, string)"/>
    internal static Task<PythonCelery> WorkerAsync((string Broker, string Backend) urls, string queue, string? transportOptions, bool acksLate)
    {
        var info = StartInfo(urls, queue, transportOptions);
        if (acksLate) info.Environment["ACKS_LATE"] = "1";
        return WorkerAsync(info, queue, "pytasks");
    }

    private static async Task<PythonCelery> WorkerAsync(ProcessStartInfo info, string queue, string module, params string[] pool)
    {
        if (pool.Length == 0) pool = ["-P", "solo"];
        foreach (var argument in (string[])["-m", "celery", "-A", module, "worker", "-Q", queue, "-n", $"{queue}@py", .. pool, "--without-gossip", "--without-mingle", "-l", "INFO"])
            info.ArgumentList.Add(argument);
        var process = Process.Start(info)!;
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var log = new System.Collections.Concurrent.ConcurrentQueue<string>();
        void Look(string? line)
        {
            if (line is null) return;
            log.Enqueue(line);
            if (line.Contains(" ready.", StringComparison.Ordinal)) ready.TrySetResult();
        }
        process.ErrorDataReceived += (_, e) => Look(e.Data);
        process.OutputDataReceived += (_, e) => Look(e.Data);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        var worker = new PythonCelery(process);
        var exited = process.WaitForExitAsync();
        await Task.WhenAny(ready.Task, exited, Task.Delay(TestTime.Limit));
        Assert.True(ready.Task.IsCompleted, "The Python worker did not start: " + string.Join(Environment.NewLine, log));
        return worker;
    }

    /// <summary>Evaluates an expression and returns its value as JSON.</summary>
    internal async Task<JsonElement> EvalAsync(string expression)
    {
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(expression));
        await _process.StandardInput.FlushAsync();
        var line = await _process.StandardOutput.ReadLineAsync().WaitAsync(TestTime.Limit) ?? throw new InvalidOperationException("Python ended.");
        return JsonDocument.Parse(line).RootElement;
    }

    internal async Task<T> GetAsync<T>(string expression)
    {
        var answer = await EvalAsync(expression);
        Assert.True(answer.TryGetProperty("ok", out var value), answer.GetRawText());
        return value.Deserialize<T>()!;
    }

    internal void Signal(string signal)
    {
        using var kill = Process.Start("kill", ["-" + signal, _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Until it has ended by itself, without an error.</summary>
    internal async Task EndAsync()
    {
        await _process.WaitForExitAsync();
        Assert.Equal(0, _process.ExitCode);
    }

    /// <summary>SIGKILL: nothing is said to anybody.</summary>
    internal async Task KillAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync().WaitAsync(TestTime.Limit);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await KillAsync();
        _process.Dispose();
    }
}
