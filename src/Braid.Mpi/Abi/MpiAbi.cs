namespace Braid.Mpi.Abi;

/// <summary>
/// The binary interface of one MPI: how wide its handles are, where its status keeps the source, which numbers it gives
/// to its constants. Braid speaks the constants of the MPI 5.0 standard ABI everywhere; this table is all that differs elsewhere.
/// </summary>
internal sealed class MpiAbi
{
    public required string Name { get; init; }

    /// <summary>Bytes of one handle inside an array (requests, datatypes). A single handle always fits a zeroed <c>nint</c>.</summary>
    public required int HandleSize { get; init; }

    public required int StatusSize { get; init; }
    public required int SourceOffset { get; init; }
    public required int TagOffset { get; init; }
    public required int ErrorOffset { get; init; }

    public required nint InPlace { get; init; }
    public required nint StatusIgnore { get; init; }
    public required nint Unweighted { get; init; }

    public required int AnySource { get; init; }
    public required int AnyTag { get; init; }
    public required int ProcNull { get; init; }
    public required int Root { get; init; }
    public int Undefined { get; init; } = -32766;

    public required nint CommWorld { get; init; }
    public required nint CommSelf { get; init; }
    public required nint CommNull { get; init; }
    public required nint GroupNull { get; init; }
    public required nint GroupEmpty { get; init; }
    public required nint RequestNull { get; init; }
    public required nint MessageNull { get; init; }
    public required nint MessageNoProc { get; init; }
    public required nint InfoNull { get; init; }
    public required nint ErrorsReturn { get; init; }
    public required nint DatatypeNull { get; init; }
    public required nint WinNull { get; init; }
    public required nint FileNull { get; init; }

    /// <summary>Handles by <see cref="BasicType"/>.</summary>
    public required nint[] Types { get; init; }

    /// <summary>Handles by <see cref="BasicOp"/>.</summary>
    public required nint[] Ops { get; init; }

    /// <summary>Single, funneled, serialized, multiple.</summary>
    public required int[] ThreadLevels { get; init; }

    public required int CommTypeShared { get; init; }
    public required int LockExclusive { get; init; }
    public required int LockShared { get; init; }

    /// <summary>Identical, congruent, similar, unequal.</summary>
    public required int[] Comparisons { get; init; }

    /// <summary>Create, read, write, read-write, delete on close, unique open, exclusive, append, sequential: the bits of
    /// MpiFileMode.</summary>
    public required int[] FileModes { get; init; }

    /// <summary>No check, no store, no put, no precede, no succeed: the bits of WindowAssertion.</summary>
    public required int[] WindowAssertions { get; init; }

    /// <summary>Set, current, end.</summary>
    public int[] Seeks { get; init; } = [600, 602, 604];

    public required int KeyTagUpperBound { get; init; }
    public required int KeyUniverseSize { get; init; }
    public required int KeyAppNum { get; init; }
    public required int KeyWinBase { get; init; }

    public required int OrderC { get; init; }
    public required int OrderFortran { get; init; }
    public required int MaxPortName { get; init; }

    /// <summary>This MPI's number of each error class; those left out have the standard's number.</summary>
    public required Dictionary<int, MpiErrorClass> ErrorClasses { get; init; }

    public MpiErrorClass ErrorClass(int native) =>
        ErrorClasses.TryGetValue(native, out var known) ? known
        : native is > 0 and <= (int)MpiErrorClass.Intern ? (MpiErrorClass)native
        : MpiErrorClass.Other;
}
