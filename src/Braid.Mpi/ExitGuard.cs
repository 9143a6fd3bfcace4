using System.Runtime.InteropServices;

namespace Braid.Mpi;

/// <summary>
/// Ends MPI with the program: finalises when it ends well, and aborts the job when this rank throws, exits with a code other than 0 or is
/// told to end by a signal, because the others would wait for it for ever.
/// </summary>
internal sealed partial class ExitGuard
{
    private static int _rank;
    private static int _size;
    private readonly bool _abortOnFailure;
    private readonly PosixSignalRegistration[] _signals;
    private volatile int _signalled;
    private int _finished;

    public ExitGuard(Communicator world, bool abortOnFailure)
    {
        (_rank, _size, _abortOnFailure) = (world.Rank, world.Size, abortOnFailure);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => OnExit();
        AppDomain.CurrentDomain.UnhandledException += (_, e) => OnUnhandled(e.ExceptionObject);
        _signals =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => _signalled = 128 + 15),
            PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => _signalled = 128 + 2),
        ];
    }

    /// <summary>Finalises once; the communicators throw from now on.</summary>
    public void Finish()
    {
        if (Interlocked.Exchange(ref _finished, 1) == 0)
        {
            Progress.Stop();
            BufferedSendSpace.DisposeAttached();
            Runtime.End();
            StructLayoutReader.FreeAll();
            Runtime.Backend.Finish();
            foreach (var signal in _signals)
            {
                signal.Dispose();
            }
        }
    }

    public static void Abort(int exitCode)
    {
        Console.Error.Flush();
        Console.Out.Flush();
        LetTheLauncherRead();
        Runtime.Backend.Abort(exitCode);
        // An MPI may return from MPI_Abort before its launcher has ended this process.
        Environment.FailFast($"MPI_Abort({exitCode}) returned.");
    }

    private void OnExit()
    {
        var code = _signalled != 0 ? _signalled : Environment.ExitCode;
        if (code != 0 && _abortOnFailure && _size > 1 && Volatile.Read(ref _finished) == 0)
        {
            Report($"ended with exit code {code}");
            Abort(code);
        }
        Finish();
    }

    private void OnUnhandled(object exception)
    {
        if (_abortOnFailure && _size > 1 && Volatile.Read(ref _finished) == 0)
        {
            Report($"failed:{Environment.NewLine}{exception}");
            Abort(1);
        }
    }

    private static void Report(string what) =>
        Console.Error.WriteLine(
            $"Rank {_rank} of {_size} (process {Environment.ProcessId} on {Environment.MachineName}) {what}; aborting the job.");

    /// <summary>
    /// MPICH's launcher drops what it has not read when the job is aborted, which would be the reason for it: the pipe is given up to a
    /// second to run empty, and the launcher a moment to pass it on.
    /// </summary>
    private static void LetTheLauncherRead()
    {
        const int StandardError = 2;
        const nuint BytesToRead = 0x541B;
        if (!OperatingSystem.IsLinux() || Runtime.Backend.Implementation == MpiImplementation.Embedded)
        {
            return;
        }
        for (var i = 0; i < 100 && Control(StandardError, BytesToRead, out var unread) == 0 && unread > 0; i++)
        {
            Thread.Sleep(10);
        }
        Thread.Sleep(200);
    }

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int Control(int file, nuint request, out int value);
}
