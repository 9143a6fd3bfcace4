using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Braid.Mpi.Abi;

namespace Braid.Mpi.Native;

/// <summary>The machine's MPI. What differs between ABIs is a table; only negative ranks and tags need a translation.</summary>
internal sealed unsafe partial class NativeBackend : MpiBackend
{
    private readonly MpiAbi _abi;
    private readonly int _sourceOffset;
    private readonly int _tagOffset;
    private readonly int _anyTag;
    private readonly void* _ignore;

    private NativeBackend(MpiAbi abi, MpiImplementation implementation, MpiThreadLevel level)
    {
        _abi = abi;
        (_sourceOffset, _tagOffset, _anyTag) = (abi.SourceOffset, abi.TagOffset, abi.AnyTag);
        _ignore = (void*)abi.StatusIgnore;
        Implementation = implementation;
        ThreadLevel = level;
        InPlace = (void*)abi.InPlace;
        RequestNull = abi.RequestNull;
        LibraryVersion = Text(8192, static (text, length) => Libmpi.MPI_Get_library_version(text, length));
        ProcessorName = Text(256, static (text, length) => Libmpi.MPI_Get_processor_name(text, length));
        int major, minor;
        Check(Libmpi.MPI_Get_version(&major, &minor), "MPI_Get_version");
        StandardVersion = new(major, minor);
    }

    public MpiAbi Abi => _abi;
    public override MpiImplementation Implementation { get; }
    public override string LibraryVersion { get; }
    public override Version StandardVersion { get; }
    public override MpiThreadLevel ThreadLevel { get; }
    public override string ProcessorName { get; }

    public override nint World => _abi.CommWorld;
    public override nint Self => _abi.CommSelf;
    public override nint CommNull => _abi.CommNull;
    public override nint RequestNull { get; }
    public override void* InPlace { get; }
    public override double Seconds => Libmpi.MPI_Wtime();

    public override nint Type(BasicType type) => _abi.Types[(int)type];

    public override nint Op(BasicOp op) => _abi.Ops[(int)op];

    /// <summary>Loads the library, initialises it, and makes sure that it belongs to the launcher that started this process.</summary>
    public static NativeBackend Start(LibraryChoice choice, MpiThreadLevel level)
    {
        var (abi, implementation) = MpiLibrary.Load(choice);
        int provided, initialized, size;
        if (Libmpi.MPI_Initialized(&initialized) == 0 && initialized == 0)
        {
            if (Libmpi.MPI_Init_thread(null, null, abi.ThreadLevels[(int)level], &provided) is not 0 and var code)
            {
                throw new MpiException(MpiErrorClass.Other, code, "MPI_Init_thread", $"{abi.Name} failed to initialise with code {code}.");
            }
        }
        else
        {
            _ = Libmpi.MPI_Query_thread(&provided);
        }
        _ = Libmpi.MPI_Comm_set_errhandler(abi.CommWorld, abi.ErrorsReturn);
        _ = Libmpi.MPI_Comm_set_errhandler(abi.CommSelf, abi.ErrorsReturn);
        _ = Libmpi.MPI_Comm_size(abi.CommWorld, &size);
        if (size == 1 && choice.ExpectedSize > 1)
        {
            _ = Libmpi.MPI_Finalize();
            throw new MpiException(MpiErrorClass.Other, 0, "MPI_Init_thread",
                $"The launcher started {choice.ExpectedSize} processes, but {abi.Name} sees a world of one: {choice.Reason}, and the " +
                "library loaded belongs to another MPI than the launcher. Start the program with that library's own mpirun, or set " +
                "BRAID_MPI to openmpi, mpich, abi or the path of the library that fits the launcher.");
        }
        return new(abi, implementation, (MpiThreadLevel)Math.Max(0, Array.IndexOf(abi.ThreadLevels, provided)));
    }

    public override void Finish()
    {
        int finalized;
        if (Libmpi.MPI_Finalized(&finalized) == 0 && finalized == 0)
        {
            _ = Libmpi.MPI_Finalize();
        }
    }

    public override void Abort(int exitCode) => _ = Libmpi.MPI_Abort(_abi.CommWorld, exitCode);

    public override MpiErrorClass ErrorClassOf(int code)
    {
        int native;
        return Libmpi.MPI_Error_class(code, &native) == 0 ? _abi.ErrorClass(native) : MpiErrorClass.Unknown;
    }

    public override string ErrorText(int code)
    {
        var buffer = stackalloc byte[1024];
        int length;
        if (Implementation == MpiImplementation.Mpich && IsOfFiles(ErrorClassOf(code)))
        {
            // The code of a file that cannot be opened may be another rank's: asked for its text, MPICH complains on standard error that it is invalid
            // here, and knows no more of it than its class, whose code is the same everywhere.
            _ = Libmpi.MPI_Error_class(code, &code);
        }
        return Libmpi.MPI_Error_string(code, buffer, &length) == 0 ? Encoding.UTF8.GetString(buffer, length) : $"error {code}";
    }

    private static bool IsOfFiles(MpiErrorClass error) => error
        is MpiErrorClass.Access or MpiErrorClass.AccessMode or MpiErrorClass.BadFile or MpiErrorClass.FileExists or MpiErrorClass.FileInUse
        or MpiErrorClass.NoSpace or MpiErrorClass.NoSuchFile or MpiErrorClass.Quota or MpiErrorClass.ReadOnly;

    public override int Source(in StatusBlock status)
    {
        var source = Field(in status, _sourceOffset);
        return source >= 0 ? source : source == _abi.ProcNull ? Mpi.ProcNull : Mpi.AnySource;
    }

    public override int Tag(in StatusBlock status)
    {
        var tag = Field(in status, _tagOffset);
        return tag >= 0 ? tag : Mpi.AnyTag;
    }

    public override int Error(in StatusBlock status) => Field(in status, _abi.ErrorOffset);

    public override long Bytes(in StatusBlock status)
    {
        long count;
        var copy = status;
        Check(Libmpi.MPI_Get_elements_x(&copy, _abi.Types[(int)BasicType.Byte], &count), "MPI_Get_elements_x");
        return count;
    }

    public override bool Cancelled(in StatusBlock status)
    {
        int flag;
        var copy = status;
        Check(Libmpi.MPI_Test_cancelled(&copy, &flag), "MPI_Test_cancelled");
        return flag != 0;
    }

    private static int Field(in StatusBlock status, int offset) =>
        Unsafe.ReadUnaligned<int>(ref Unsafe.Add(ref Unsafe.As<StatusBlock, byte>(ref Unsafe.AsRef(in status)), offset));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Peer(int rank) => rank >= 0 ? rank : SpecialPeer(rank);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int TagOf(int tag) => tag >= 0 ? tag : SpecialTag(tag);

    // A number that means nothing goes on as it is, less what could mean something else there: MPI itself then says what is wrong.
    private int SpecialPeer(int rank) => rank switch
    {
        Mpi.AnySource => _abi.AnySource,
        Mpi.ProcNull => _abi.ProcNull,
        Mpi.Root => _abi.Root,
        _ => rank - 1000,
    };

    private int SpecialTag(int tag) => tag == Mpi.AnyTag ? _anyTag : tag - 1000;

    /// <summary>Where the status goes; a caller without one gets the ABI's "ignore".</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void* Out(StatusBlock* status) => status == null ? _ignore : status;

    internal static void Check(int code, string function)
    {
        if (code != 0)
        {
            Runtime.Throw(code, function);
        }
    }

    private delegate int TextFunction(byte* text, int* length);

    private static string Text(int capacity, TextFunction function)
    {
        var buffer = (byte*)NativeMemory.AllocZeroed((nuint)capacity + 1);
        try
        {
            int length;
            var code = function(buffer, &length);
            Debug.Assert(code == 0, "Asking for a name has no reason to fail.");
            return Encoding.UTF8.GetString(buffer, length).TrimEnd('\0', '\n');
        }
        finally
        {
            NativeMemory.Free(buffer);
        }
    }
}
