namespace Braid.Mpi.Abi;

/// <summary>Open MPI 3 to 5 (libmpi.so.40): a handle is the address of an object, and a predefined handle that of an exported
/// symbol.</summary>
internal static class OpenMpiAbi
{
    /// <summary>The symbol whose presence tells an Open MPI library.</summary>
    public const string Mark = "ompi_mpi_comm_world";

    public static MpiAbi Create(Func<string, nint> symbol)
    {
        nint Type(string name) => symbol("ompi_mpi_" + name);
        nint Op(string name) => symbol("ompi_mpi_op_" + name);
        return new()
        {
            Name = "Open MPI",
            HandleSize = 8,
            StatusSize = 24,
            SourceOffset = 0,
            TagOffset = 4,
            ErrorOffset = 8,
            InPlace = 1,
            StatusIgnore = 0,
            Unweighted = 2,
            AnySource = -1,
            AnyTag = -1,
            ProcNull = -2,
            Root = -4,
            CommWorld = symbol(Mark),
            CommSelf = symbol("ompi_mpi_comm_self"),
            CommNull = symbol("ompi_mpi_comm_null"),
            GroupNull = symbol("ompi_mpi_group_null"),
            GroupEmpty = symbol("ompi_mpi_group_empty"),
            RequestNull = symbol("ompi_request_null"),
            MessageNull = symbol("ompi_message_null"),
            MessageNoProc = symbol("ompi_message_no_proc"),
            InfoNull = symbol("ompi_mpi_info_null"),
            ErrorsReturn = symbol("ompi_mpi_errors_return"),
            DatatypeNull = symbol("ompi_mpi_datatype_null"),
            WinNull = symbol("ompi_mpi_win_null"),
            FileNull = symbol("ompi_mpi_file_null"),
            Types =
            [
                Type("byte"), Type("int8_t"), Type("uint8_t"), Type("int16_t"), Type("uint16_t"), Type("int32_t"), Type("uint32_t"),
                Type("int64_t"), Type("uint64_t"), Type("float"), Type("double"), Type("c_double_complex"), Type("c_bool"),
                Type("packed"), Type("float_int"), Type("double_int"), Type("long_int"), Type("2int"), Type("short_int"),
            ],
            Ops =
            [
                Op("sum"), Op("min"), Op("max"), Op("prod"), Op("band"), Op("bor"), Op("bxor"), Op("land"), Op("lor"), Op("lxor"),
                Op("minloc"), Op("maxloc"), Op("replace"), Op("no_op"),
            ],
            ThreadLevels = [0, 1, 2, 3],
            CommTypeShared = 0,
            LockExclusive = 1,
            LockShared = 2,
            Comparisons = [0, 1, 2, 3],
            FileModes = [1, 2, 4, 8, 16, 32, 64, 128, 256],
            WindowAssertions = [1, 8, 4, 2, 16],
            KeyTagUpperBound = 0,
            KeyAppNum = 4,
            KeyUniverseSize = 6,
            KeyWinBase = 7,
            OrderC = 0,
            OrderFortran = 1,
            MaxPortName = 1024,
            ErrorClasses = Errors(),
        };
    }

    /// <summary>Open MPI numbers its classes as the standard ABI does up to 45, and the rest on its own.</summary>
    private static Dictionary<int, MpiErrorClass> Errors()
    {
        var classes = Enumerable.Range(0, 46).ToDictionary(static n => n, static n => (MpiErrorClass)n);
        // It has these two the other way round.
        (classes[18], classes[19]) = (MpiErrorClass.InStatus, MpiErrorClass.Pending);
        classes[46] = MpiErrorClass.RmaConflict;
        classes[47] = MpiErrorClass.RmaSync;
        classes[48] = MpiErrorClass.Service;
        classes[49] = MpiErrorClass.Size;
        classes[50] = MpiErrorClass.Spawn;
        classes[51] = MpiErrorClass.UnsupportedRepresentation;
        classes[52] = MpiErrorClass.UnsupportedOperation;
        classes[53] = MpiErrorClass.Window;
        classes[68] = MpiErrorClass.RmaRange;
        classes[69] = MpiErrorClass.RmaAttach;
        classes[70] = MpiErrorClass.RmaFlavor;
        classes[71] = MpiErrorClass.RmaShared;
        return classes;
    }
}
