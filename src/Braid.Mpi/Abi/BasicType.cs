namespace Braid.Mpi.Abi;

/// <summary>The predefined datatypes that a .NET type can map to. The order is the index into <see cref="MpiAbi.Types"/>.</summary>
internal enum BasicType
{
    Byte, Int8, UInt8, Int16, UInt16, Int32, UInt32, Int64, UInt64, Float, Double, DoubleComplex, Bool, Packed,
    FloatInt, DoubleInt, LongInt, IntInt, ShortInt,
}

/// <summary>The predefined reductions. The order is the index into <see cref="MpiAbi.Ops"/>.</summary>
internal enum BasicOp
{
    Sum, Min, Max, Prod, BitAnd, BitOr, BitXor, And, Or, Xor, MinLoc, MaxLoc, Replace, NoOp,
}
