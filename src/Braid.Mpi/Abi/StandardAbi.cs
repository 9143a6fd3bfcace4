namespace Braid.Mpi.Abi;

/// <summary>The MPI 5.0 standard ABI (chapter 20 of the standard): small integers as handles, the same on every MPI that offers
/// it.</summary>
internal static class StandardAbi
{
    public static MpiAbi Create() => new()
    {
        Name = "MPI standard ABI",
        HandleSize = 8,
        StatusSize = 32,
        SourceOffset = 0,
        TagOffset = 4,
        ErrorOffset = 8,
        InPlace = 1,
        StatusIgnore = 0,
        Unweighted = 10,
        AnySource = -1,
        AnyTag = -2,
        ProcNull = -3,
        Root = -4,
        CommNull = 0x100,
        CommWorld = 0x101,
        CommSelf = 0x102,
        GroupNull = 0x108,
        GroupEmpty = 0x109,
        WinNull = 0x110,
        FileNull = 0x118,
        MessageNull = 0x128,
        MessageNoProc = 0x129,
        InfoNull = 0x130,
        ErrorsReturn = 0x143,
        RequestNull = 0x180,
        DatatypeNull = 0x200,
        // Byte, Int8, UInt8, Int16, UInt16, Int32, UInt32, Int64, UInt64, Float, Double, DoubleComplex, Bool, Packed,
        // FloatInt, DoubleInt, LongInt, IntInt, ShortInt
        Types =
        [
            0x247, 0x240, 0x241, 0x248, 0x249, 0x250, 0x251, 0x258, 0x259, 0x210, 0x214, 0x216, 0x238, 0x207,
            0x228, 0x229, 0x22a, 0x22b, 0x22c,
        ],
        // Sum, Min, Max, Prod, BitAnd, BitOr, BitXor, And, Or, Xor, MinLoc, MaxLoc, Replace, NoOp
        Ops = [0x21, 0x22, 0x23, 0x24, 0x28, 0x29, 0x2a, 0x30, 0x31, 0x32, 0x38, 0x39, 0x3c, 0x3d],
        ThreadLevels = [0, 1024, 2048, 4096],
        CommTypeShared = 221,
        LockExclusive = 301,
        LockShared = 302,
        Comparisons = [201, 202, 203, 204],
        FileModes = [2, 16, 256, 32, 4, 128, 8, 1, 64],
        WindowAssertions = [1024, 8192, 4096, 2048, 16384],
        Seeks = [403, 401, 402],
        KeyTagUpperBound = 501,
        KeyAppNum = 505,
        KeyUniverseSize = 507,
        KeyWinBase = 601,
        OrderC = 0xC,
        OrderFortran = 0xF,
        MaxPortName = 1024,
        ErrorClasses = Enum.GetValues<MpiErrorClass>().ToDictionary(static c => (int)c),
    };
}
