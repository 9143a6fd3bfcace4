using System.Runtime.InteropServices;
using Braid.Mpi.Abi;
using Braid.Mpi.Embedded;
using Braid.Mpi.Native;

namespace Braid.Mpi;

/// <summary>
/// Message passing between the processes ("ranks") of a job: <c>mpirun -n 4 dotnet App.dll</c>. Reading <see cref="World"/> initialises;
/// the end of the program finalises. Which MPI carries the messages is found at run time: the launcher's, or, without any MPI installed,
/// Braid's own runtime over shared memory (<c>braid-mpi run -n 4 -- dotnet App.dll</c>). A program started with no launcher is one rank.
/// </summary>
public static class Mpi
{
    /// <summary>Receive from whoever sends.</summary>
    public const int AnySource = -1;

    /// <summary>Receive whatever the tag.</summary>
    public const int AnyTag = -2;

    /// <summary>No process: what is sent there vanishes, what is received from there is empty.</summary>
    public const int ProcNull = -3;

    /// <summary>In a collective of an inter-communicator: this process is the root.</summary>
    public const int Root = -4;

    /// <summary>No rank, no colour.</summary>
    public const int Undefined = -32766;

    private static readonly Lock Gate = new();
    private static Communicator? _world;
    private static Communicator? _self;
    private static Communicator? _parent;
    private static ExitGuard? _guard;

    /// <summary>All ranks of the job.</summary>
    /// <exception cref="DllNotFoundException">A launcher started this process, but its MPI library cannot be loaded.</exception>
    /// <exception cref="MpiException">The library is not the launcher's: every rank would be "0 of 1".</exception>
    public static Communicator World => _world ?? Initialize();

    /// <summary>This rank alone.</summary>
    public static Communicator Self
    {
        get
        {
            _ = World;
            return _self!;
        }
    }

    /// <summary>The ranks that started this job by <see cref="Communicator.Spawn"/>, as the other side of an inter-communicator; null where
    /// a launcher did.</summary>
    public static Communicator? Parent
    {
        get
        {
            var backend = Active;
            lock (Gate)
            {
                if (_parent is null)
                {
                    Runtime.Check(backend.Parent(out var parent), "MPI_Comm_get_parent");
                    _parent = parent == backend.CommNull ? null : new(parent);
                }
                return _parent;
            }
        }
    }

    /// <summary>Whether MPI was initialised and not yet finalised.</summary>
    public static bool IsActive => Runtime.IsActive;

    /// <summary>Which MPI carries the messages.</summary>
    public static MpiImplementation Implementation => Active.Implementation;

    /// <summary>What the library says of itself.</summary>
    public static string LibraryVersion => Active.LibraryVersion;

    /// <summary>The version of the MPI standard that it follows.</summary>
    public static Version StandardVersion => Active.StandardVersion;

    /// <summary>The thread level granted.</summary>
    public static MpiThreadLevel ThreadLevel => Active.ThreadLevel;

    /// <summary>The name of this machine as MPI knows it.</summary>
    public static string ProcessorName => Active.ProcessorName;

    /// <summary>Seconds since a moment in the past (MPI_Wtime).</summary>
    public static double Seconds => Active.Seconds;

    private static MpiBackend Active
    {
        get
        {
            _ = World;
            Runtime.ThrowIfFinished();
            return Runtime.Backend;
        }
    }

    /// <summary>Initialises with options; needed only for other options than the default, and before <see cref="World"/> is first
    /// read.</summary>
    /// <exception cref="InvalidOperationException">MPI was initialised already.</exception>
    public static Communicator Initialize(MpiOptions options)
    {
        lock (Gate)
        {
            return _world is null ? Start(options) : throw new InvalidOperationException("MPI was initialised already.");
        }
    }

    /// <summary>
    /// Finalises before the end of the program, for a program that goes on without MPI; otherwise it happens at exit. All ranks must call
    /// it or end. Later MPI calls throw <see cref="InvalidOperationException"/>.
    /// </summary>
    public static void Finish()
    {
        lock (Gate)
        {
            _guard?.Finish();
        }
    }

    /// <summary>Ends all processes of the job at once with this exit code. Does not return.</summary>
    public static void Abort(int exitCode = 1)
    {
        _ = World;
        ExitGuard.Abort(exitCode);
    }

    private static Communicator Initialize()
    {
        lock (Gate)
        {
            return _world ?? Start(new());
        }
    }

    private static Communicator Start(MpiOptions options)
    {
        var choice = LibraryChoice.FromEnvironment(Environment.GetEnvironmentVariable);
        TameTerminal(choice);
        MpiBackend backend = choice.Implementation == MpiImplementation.Embedded
            ? EmbeddedBackend.Start(Environment.GetEnvironmentVariable)
            : NativeBackend.Start(choice, options.ThreadLevel);
        Runtime.Begin(backend);
        _self = new(backend.Self, owned: false);
        var world = new Communicator(backend.World, owned: false);
        _guard = new(world, options.AbortOnFailure);
        return _world = world;
    }

    /// <summary>Open MPI gives its ranks a pseudo-terminal, on which .NET's console would write escape codes into the job's
    /// output.</summary>
    private static void TameTerminal(LibraryChoice choice)
    {
        if (choice is { Launched: true, Implementation: MpiImplementation.OpenMpi } && !OperatingSystem.IsWindows())
        {
            Environment.SetEnvironmentVariable("TERM", "dumb");
        }
    }
}
