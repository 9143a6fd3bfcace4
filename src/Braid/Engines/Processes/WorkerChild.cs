using System.Diagnostics;
using System.Globalization;
using Braid.Diagnostics;
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
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What has not ended yet: the process, and the two pipes of its console.</summary>
    private int _open = 3;

    private volatile bool _isAbandoned;

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
    public Task Ended => _ended.Task;

    public static WorkerChild Start(int id, WorkerPlace place, ClusterOptions options)
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
        start.Environment[Handshake.SocketVariable] = place.Socket;
        start.Environment[Handshake.SpillVariable] = place.SpillDirectory;
        start.Environment[Handshake.TokenVariable] = place.Token;
        start.Environment[Handshake.IdVariable] = id.ToString(CultureInfo.InvariantCulture);
        var process = new Process { StartInfo = start };
        var child = new WorkerChild(id, process, options.Output ?? WorkerConsole.Write);
        process.Start();
        child.ProcessId = process.Id;
        process.StandardInput.Close();
        child.Watch();
        return child;
    }

    /// <summary>Waits for a step of the start, or for the process's end, which is then the error.</summary>
    public void Until(Task step, CancellationToken cancellationToken)
    {
        Task.WaitAny([step, Ended], cancellationToken);
        if (!step.IsCompleted)
            throw new BraidException($"Worker {Id} ended while it started: {DescribeEnd()}");
        step.GetAwaiter().GetResult();
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

    /// <summary>It will not become a worker: ends it at once, and nobody need hear what it says of that.</summary>
    public void Abandon()
    {
        _isAbandoned = true;
        Kill();
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
            await Ended.WaitAsync(StopPatience, options.TimeProvider).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Kill();
            await Ended.ConfigureAwait(false);
        }
    }

    public int? ExitCode => Ended.IsCompleted ? _exitCode : null;

    /// <summary>Nothing more is wanted of it. After <see cref="Ended"/>; its pipes are closed by those who read them, at their ends.</summary>
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

    /// <summary>
    /// Two threads that read its console: asynchronous reading would cost a start of a cluster a hundred methods more to compile, while the
    /// workers that are starting need the same processors.
    /// </summary>
    private void Watch()
    {
        new Thread(() => ReadConsole(_process.StandardOutput, isError: false)) { IsBackground = true, Name = $"Braid worker {Id} output" }.Start();
        new Thread(() => ReadConsole(_process.StandardError, isError: true)) { IsBackground = true, Name = $"Braid worker {Id} error" }.Start();
        _process.Exited += (_, _) => OnExited();
        _process.EnableRaisingEvents = true;
    }

    private void OnExited()
    {
        OnClosed();
        // A process that a task has started may hold the pipes open for longer, and is not waited for.
        if (!Ended.IsCompleted)
            Task.Delay(LastWordsPatience).ContinueWith(_ => End(), TaskScheduler.Default);
    }

    private void OnClosed()
    {
        if (Interlocked.Decrement(ref _open) == 0)
            End();
    }

    private void End()
    {
        lock (_ended)
        {
            if (Ended.IsCompleted)
                return;
            _exitCode = _process.HasExited ? _process.ExitCode : null;
            _ended.SetResult();
        }
    }

    private void ReadConsole(StreamReader console, bool isError)
    {
        try
        {
            // Disposed of here and by nobody else: it would wait for a read that a process left behind keeps open.
            using (console)
            {
                var lines = new ConsoleLines(console);
                while (lines.Next() is { } line)
                    OnLine(line, isError);
            }
        }
        catch (IOException)
        {
            // The pipe broke: there is no more to read, as at its end.
        }

        OnClosed();
    }

    private void OnLine(string line, bool isError)
    {
        if (isError)
        {
            lock (_errorLines)
            {
                if (_errorLines.Count == ErrorLinesMax)
                    _errorLines.Dequeue();
                _errorLines.Enqueue(line.Length <= ErrorLineLengthMax ? line : line[..ErrorLineLengthMax] + "…");
            }
        }

        if (!_isAbandoned)
            Listener.Tell(_output, new WorkerOutput(Id, line, isError), "ClusterOptions.Output");
    }
}
