using System.Diagnostics;
using System.Runtime.CompilerServices;
using Braid.Diagnostics;
using Braid.Engines.Processes;
using Braid.Lambdas;

namespace Braid;

/// <summary>
/// One plain process that runs one lambda, without a cluster: Python's <c>multiprocessing.Process</c>. It has the assemblies of this program, what the
/// lambda captures travels with it, and it ends with the lambda.
/// </summary>
/// <remarks>
/// An exception of the lambda is written to the process's standard error, and its exit code is 1. Nothing comes back but the exit code and what it
/// writes: for results use a <see cref="Cluster"/> or a <see cref="ProcessPool"/>. The process is not ended when this program is; disposing of it
/// does that.
/// </remarks>
public sealed class WorkerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Action<WorkerOutput> _output;
    private readonly Task<int> _exited;

    private WorkerProcess(Process process, Action<WorkerOutput> output)
    {
        _process = process;
        _output = output;
        Id = process.Id;
        _exited = ExitedAsync();
    }

    /// <summary>The operating system's id of the process.</summary>
    public int Id { get; }

    /// <summary>
    /// Null while it runs. 0 after the lambda has returned, 1 after it has thrown, 128 + N after signal N (137 after <see cref="Kill"/>), or what it gave to
    /// <see cref="Environment.Exit"/>.
    /// </summary>
    public int? ExitCode => _exited.IsCompletedSuccessfully ? _exited.Result : null;

    /// <summary>Starts a process that runs the lambda.</summary>
    /// <param name="body">Returns nothing, or what it returns is dropped.</param>
    /// <param name="output">Receives each line that the process writes, marked with <see cref="Id"/>. Default: this program's console.</param>
    /// <exception cref="CaptureException">It captures what cannot travel; the message names the variable.</exception>
    /// <exception cref="PlatformNotSupportedException">Processes cannot be started with this program's assemblies (NativeAOT).</exception>
    public static WorkerProcess Start(Action body, Action<WorkerOutput>? output = null) => StartCore(body, output);

    /// <inheritdoc cref="Start(Action, Action{WorkerOutput})"/>
    [OverloadResolutionPriority(1)]
    public static WorkerProcess Start(Func<Task> body, Action<WorkerOutput>? output = null) => StartCore(body, output);

    /// <summary>Waits until the process has ended and all that it wrote was received; returns its exit code.</summary>
    /// <exception cref="OperationCanceledException">The token was signalled. The process goes on.</exception>
    public Task<int> WaitForExitAsync(CancellationToken cancellationToken = default) => _exited.WaitAsync(cancellationToken);

    /// <summary>Ends it at once, if it has not ended.</summary>
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

    /// <summary>Ends it, if it has not ended, and waits until it has.</summary>
    public async ValueTask DisposeAsync()
    {
        Kill();
        await _exited.ConfigureAwait(false);
        _process.Dispose();
    }

    private static WorkerProcess StartCore(Delegate body, Action<WorkerOutput>? output)
    {
        ArgumentNullException.ThrowIfNull(body);
        if (!RuntimeFeature.IsDynamicCodeSupported)
        {
            throw new PlatformNotSupportedException(
                $"A worker process loads the application's assemblies and makes code for them at run time. {AheadOfTime.Cause}");
        }

        var work = LoneBody.Pack(Lambda.Of(body), body);
        var start = WorkerCommandLine.Create();
        start.Environment[LoneBody.Variable] = "1";
        var process = new Process { StartInfo = start };
        process.Start();
        var lone = new WorkerProcess(process, output ?? WriteToConsole);
        LoneBody.Send(work, process.StandardInput.BaseStream);
        return lone;
    }

    private void Read(StreamReader console, bool isError)
    {
        var lines = new ConsoleLines(console);
        while (lines.Next() is { } line)
            Listener.Tell(_output, new WorkerOutput(Id, line, isError), "The output of a WorkerProcess");
    }

    private static void WriteToConsole(WorkerOutput output) => (output.IsError ? Console.Error : Console.Out).WriteLine(output.Line);

    private async Task<int> ExitedAsync()
    {
        var output = Task.Factory.StartNew(() => Read(_process.StandardOutput, isError: false), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var error = Task.Factory.StartNew(() => Read(_process.StandardError, isError: true), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await _process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        await Task.WhenAll(output, error).ConfigureAwait(false);
        return _process.ExitCode;
    }
}
