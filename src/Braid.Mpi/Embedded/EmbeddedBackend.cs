using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Braid.Mpi.Abi;

namespace Braid.Mpi.Embedded;

/// <summary>Braid's own runtime: the processes of one machine over shared memory. It raises its errors itself, so a code that comes back is
/// always 0.</summary>
internal sealed unsafe partial class EmbeddedBackend : MpiBackend
{
    private const int TagMax = int.MaxValue;

    private readonly Engine _engine;
    private readonly HandleTable<EmbeddedCommunicator> _comms = new(MpiErrorClass.Comm, "communicator");
    private readonly HandleTable<int[]> _groups = new(MpiErrorClass.Group, "group");
    private readonly HandleTable<EmbeddedType> _types = new(MpiErrorClass.Type, "datatype");
    private readonly HandleTable<EmbeddedOp> _ops = new(MpiErrorClass.Op, "operation");
    private readonly HandleTable<Operation> _requests = new(MpiErrorClass.Request, "request");
    private readonly HandleTable<Arrival> _messages = new(MpiErrorClass.Request, "message");

    /// <summary>Communicators that this process led; part of their identity, so that no two processes give the same. Id 0 is the
    /// world.</summary>
    private int _communicatorsLed;

    internal static void* InPlaceMark => (void*)1;

    internal Engine Engine => _engine;

    private EmbeddedBackend(Engine engine)
    {
        _engine = engine;
        AddTypes();
        AddOps();
        World = _comms.Add(new()
        {
            Id = 0, Members = [.. Enumerable.Range(0, engine.Ranks)], Rank = engine.Rank, Name = "MPI_COMM_WORLD",
        });
        Self = _comms.Add(new() { Id = NewId(), Members = [engine.Rank], Rank = 0, Name = "MPI_COMM_SELF" });
    }

    public override MpiImplementation Implementation => MpiImplementation.Embedded;
    public override string LibraryVersion => $"Braid.Mpi {typeof(EmbeddedBackend).Assembly.GetName().Version} (embedded, shared memory)";
    public override Version StandardVersion { get; } = new(3, 1);
    public override MpiThreadLevel ThreadLevel => MpiThreadLevel.Multiple;
    public override string ProcessorName => Environment.MachineName;
    public override nint World { get; }
    public override nint Self { get; }
    public override nint CommNull => 0;
    public override nint RequestNull => 0;
    public override void* InPlace => InPlaceMark;
    public override double Seconds => Stopwatch.GetElapsedTime(0).TotalSeconds;

    /// <summary>Joins the other ranks, or starts a world of one when no launcher left its variables.</summary>
    public static EmbeddedBackend Start(Func<string, string?> variable)
    {
        var session = variable(LibraryChoice.EmbeddedSessionVariable);
        if (session is null)
        {
            return new(new(SharedSegment.Private(), 0));
        }
        var rank = int.Parse(variable(LibraryChoice.EmbeddedRankVariable)!, CultureInfo.InvariantCulture);
        var ranks = int.Parse(variable(LibraryChoice.EmbeddedSizeVariable)!, CultureInfo.InvariantCulture);
        var segment = SharedSegment.Open(session, ranks);
        SystemCalls.AllowReading();
        *segment.ProcessId(rank) = Environment.ProcessId;
        Interlocked.Increment(ref *segment.Attached);
        var engine = new Engine(segment, rank);
        var patience = default(Engine.Patience);
        while (Volatile.Read(ref *segment.Attached) < ranks)
        {
            engine.Pause(ref patience, null);
        }
        if (rank == 0)
        {
            File.Delete(session);
        }
        return new(engine);
    }

    public override void Finish()
    {
        Barrier(World, null);
        var patience = default(Engine.Patience);
        while (!_engine.IsFlushed())
        {
            _engine.Pause(ref patience, null);
        }
        // The memory stays mapped: a thread that still asks for its request must find it.
    }

    public override void Abort(int exitCode) => SystemCalls.ExitNow(exitCode);

    public override MpiErrorClass ErrorClassOf(int code) => (MpiErrorClass)code;

    public override string ErrorText(int code) => (MpiErrorClass)code switch
    {
        MpiErrorClass.Truncate => "the message is longer than the buffer",
        var other => other.ToString(),
    };

    public override int Source(in StatusBlock status) => Fields(in status).Source;

    public override int Tag(in StatusBlock status) => Fields(in status).Tag;

    public override int Error(in StatusBlock status) => Fields(in status).Error;

    public override long Bytes(in StatusBlock status) => Fields(in status).Bytes;

    public override bool Cancelled(in StatusBlock status) => Fields(in status).Cancelled != 0;

    private static ref StatusFields Fields(in StatusBlock status) => ref Unsafe.As<StatusBlock, StatusFields>(ref Unsafe.AsRef(in status));

    internal static MpiException Failure(MpiErrorClass error, string function, string message) => new(error, (int)error, function, message);

    private int NewId()
    {
        var led = Interlocked.Increment(ref _communicatorsLed);
        // A context is an int: two bits for the stream, eight for the leader, the rest for its communicators.
        return led < 1 << 21 ? (_engine.Rank << 21) | led
            : throw Failure(MpiErrorClass.Intern, "MPI_Comm_dup", "this process led two million communicators; no more can be made.");
    }

    private struct StatusFields
    {
        public int Source;
        public int Tag;
        public int Error;
        public int Cancelled;
        public long Bytes;
    }
}
