using System.Diagnostics;
using System.Globalization;
using Braid.Wire;

namespace Braid.Engines.Processes;

/// <summary>One worker process as the operating system's child: its console, its end, and the words for it.</summary>
internal sealed class WorkerChild
{
    /// <summary>How much of standard error is kept to be quoted when the worker dies.</summary>
    private const int ErrorLinesMax = 20;
    private const int ErrorLineLengthMax = 500;

    /// <summary>How long a worker that was told to stop may take to do so.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(2);

    /// <summary>How long the rest of a dead worker's console may take to be read.</summary>
    private static readonly TimeSpan LastWordsPatience = TimeSpan.FromMilliseconds(500);

    private readonly Process _process;
    private readonly Action<WorkerOutput> _output;
    private readonly Queue<string> _errorLines = [];

    /// <summary>Written before <see cref="Ended"/> ends; null where the system could not tell.</summary>
    private int? _exitCode;

    private WorkerChild(int id, Process process, Action<WorkerOutput> output)
    {
        Id = id;
        _process = process;
        _output = output;
    }

    public int Id { get; }

    public int ProcessId { get; private set; }

    /// <summary>Set once the worker has arrived.</summary>
    public ProcessLink? Link { get; set; }

    /// <summary>
    /// Ends when the process has ended and its console was read to the end, so that the last words are there when the end is told. A
    /// grandchild that holds the pipes open is not waited for long.
    /// </summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    public static WorkerChild Start(int id, string socketPath, string token, ClusterOptions options)
    {
        var start = WorkerCommandLine.Create();
        // One worker serves one or a few cores: a heap for each core of the machine would multiply by the workers.
        start.Environment.TryAdd("DOTNET_gcServer", "0");
        // Large arrays come and go: pages that the heap keeps need not be asked for and cleared again (a 256 MiB array: 80 instead of 500 ms),
        // and a background collector would be one more thread for the same core.
        start.Environment.TryAdd("DOTNET_GCRetainVM", "1");
        start.Environment.TryAdd("DOTNET_gcConcurrent", "0");
        foreach (var (name, value) in options.Environment)
            start.Environment[name] = value;
        start.Environment[Handshake.SocketVariable] = socketPath;
        start.Environment[Handshake.TokenVariable] = token;
        start.Environment[Handshake.IdVariable] = id.ToString(CultureInfo.InvariantCulture);
        var process = new Process { StartInfo = start };
        var child = new WorkerChild(id, process, options.Output ?? WorkerConsole.Write);
        process.OutputDataReceived += (_, line) => child.OnLine(line.Data, isError: false);
        process.ErrorDataReceived += (_, line) => child.OnLine(line.Data, isError: true);
        process.Start();
        child.ProcessId = process.Id;
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        child.Ended = child.WatchAsync();
        return child;
    }

    /// <summary>Waits for a step of the start, or for the process's end, which is then the error.</summary>
    public async Task UntilAsync(Task step, CancellationToken cancellationToken)
    {
        await Task.WhenAny(step, Ended).WaitAsync(cancellationToken);
        if (!step.IsCompleted)
            throw new BraidException($"Worker {Id} ended while it started: {DescribeEnd()}");
        await step;
    }

    /// <summary>Ends it at once.</summary>
    public void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
    }

    /// <summary>Asks it to end, where it listens.</summary>
    public void Stop()
    {
        if (Link is { } link)
            link.Retire();
        else
            Kill();
    }

    /// <summary>Waits for its end, and helps after a while.</summary>
    public async Task EndAsync(ClusterOptions options)
    {
        try
        {
            await Ended.WaitAsync(StopPatience, options.TimeProvider);
        }
        catch (TimeoutException)
        {
            Kill();
            await Ended;
        }
    }

    public int? ExitCode => Ended.IsCompleted ? _exitCode : null;

    /// <summary>Nothing more is wanted of it: its pipes are closed now and not at some collection. After <see cref="Ended"/>.</summary>
    public void Forget() => _process.Dispose();

    /// <summary>The exit code or signal, and the last words.</summary>
    public string DescribeEnd()
    {
        string[] lines;
        lock (_errorLines)
            lines = [.. _errorLines];
        var end = ExitCode switch
        {
            null => "it was given up.",
            0 => "it exited with code 0.",
            > 128 and < 193 and var code => $"it was ended by signal {code - 128}{SignalName(code - 128)}.",
            var code => $"it exited with code {code}.",
        };
        return lines.Length == 0
            ? $"{end} It wrote nothing to standard error."
            : $"{end} The last lines of its standard error:{Environment.NewLine}  {string.Join(Environment.NewLine + "  ", lines)}";
    }

    private static string SignalName(int signal) => signal switch
    {
        2 => " (SIGINT)",
        4 => " (SIGILL)",
        6 => " (SIGABRT)",
        7 => " (SIGBUS)",
        8 => " (SIGFPE)",
        9 => " (SIGKILL)",
        11 => " (SIGSEGV)",
        15 => " (SIGTERM)",
        _ => "",
    };

    private async Task WatchAsync()
    {
        // Waits for both pipes too, so that the last words are there when the end is told. A process that a task has started may hold them open
        // for longer, and is not waited for.
        var exited = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _process.Exited += (_, _) => exited.TrySetResult();
        _process.EnableRaisingEvents = true;
        var read = _process.WaitForExitAsync(CancellationToken.None);
        await Task.WhenAny(read, exited.Task).ConfigureAwait(false);
        await Task.WhenAny(read, Task.Delay(LastWordsPatience)).ConfigureAwait(false);
        _exitCode = _process.HasExited ? _process.ExitCode : null;
    }

    private void OnLine(string? line, bool isError)
    {
        if (line is null)
            return;
        if (isError)
        {
            lock (_errorLines)
            {
                if (_errorLines.Count == ErrorLinesMax)
                    _errorLines.Dequeue();
                _errorLines.Enqueue(line.Length <= ErrorLineLengthMax ? line : line[..ErrorLineLengthMax] + "…");
            }
        }

        _output(new WorkerOutput(Id, line, isError));
    }
}
