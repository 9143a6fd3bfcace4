using System.Numerics;
using System.Runtime.InteropServices;
using Braid.Mpi.Abi;

namespace Braid.Mpi.Embedded;

/// <summary>A reduction: one of the predefined, by type, or the user's.</summary>
internal sealed unsafe class EmbeddedOp(BasicOp? basic, UserReduction? user, bool commutative)
{
    public bool IsCommutative => commutative;

    /// <summary>Which of MPI's own it is; null for the user's.</summary>
    public BasicOp? Basic => basic;

    /// <summary>Combines two parts of one length, the first of the lower rank, into the second.</summary>
    public void Apply(Part input, Part inout) => Apply(input.Start, inout.Start, inout.Count, inout.Type);

    /// <summary>Combines <paramref name="input"/>, of the lower rank, into <paramref name="inout"/>.</summary>
    public void Apply(void* input, void* inout, long count, EmbeddedType type)
    {
        if (user is not null)
        {
            user(input, inout, count);
            return;
        }
        switch (type.Basic)
        {
            case BasicType.Int8: Integer<sbyte>(input, inout, count); break;
            case BasicType.UInt8: Integer<byte>(input, inout, count); break;
            case BasicType.Int16: Integer<short>(input, inout, count); break;
            case BasicType.UInt16: Integer<ushort>(input, inout, count); break;
            case BasicType.Int32: Integer<int>(input, inout, count); break;
            case BasicType.UInt32: Integer<uint>(input, inout, count); break;
            case BasicType.Int64: Integer<long>(input, inout, count); break;
            case BasicType.UInt64: Integer<ulong>(input, inout, count); break;
            case BasicType.Float: Number<float>(input, inout, count); break;
            case BasicType.Double: Number<double>(input, inout, count); break;
            case BasicType.DoubleComplex: ComplexNumber((Complex*)input, (Complex*)inout, count); break;
            case BasicType.Bool: Logical<byte>(input, inout, count); break;
            case BasicType.Byte: Bits<byte>(input, inout, count); break;
            case BasicType.FloatInt: Located<float>(input, inout, count); break;
            case BasicType.DoubleInt: Located<double>(input, inout, count); break;
            case BasicType.LongInt: Located<long>(input, inout, count); break;
            case BasicType.IntInt: Located<int>(input, inout, count); break;
            case BasicType.ShortInt: Located<short>(input, inout, count); break;
            default: throw Invalid("a datatype of its own");
        }
    }

    /// <summary>Whether it is defined for the type: every rank finds out before any waits for another.</summary>
    public void Check(EmbeddedType type)
    {
        var defined = user is not null || basic switch
        {
            BasicOp.Sum or BasicOp.Prod => type.Basic is >= BasicType.Int8 and <= BasicType.DoubleComplex,
            BasicOp.Min or BasicOp.Max => type.Basic is >= BasicType.Int8 and <= BasicType.Double,
            BasicOp.BitAnd or BasicOp.BitOr or BasicOp.BitXor => type.Basic is >= BasicType.Byte and <= BasicType.UInt64,
            BasicOp.And or BasicOp.Or or BasicOp.Xor => type.Basic is (>= BasicType.Int8 and <= BasicType.UInt64) or BasicType.Bool,
            BasicOp.MinLoc or BasicOp.MaxLoc => type.Basic is >= BasicType.FloatInt and <= BasicType.ShortInt,
            _ => false,
        };
        if (!defined)
        {
            throw Invalid(type.Basic?.ToString() ?? "a datatype of its own");
        }
    }

    private void Integer<T>(void* input, void* inout, long count) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        switch (basic)
        {
            case BasicOp.BitAnd or BasicOp.BitOr or BasicOp.BitXor:
                Bits<T>(input, inout, count);
                break;
            case BasicOp.And or BasicOp.Or or BasicOp.Xor:
                Logical<T>(input, inout, count);
                break;
            default:
                Number<T>(input, inout, count);
                break;
        }
    }

    private void Number<T>(void* input, void* inout, long count) where T : unmanaged, INumber<T>
    {
        for (long done = 0; done < count;)
        {
            // A span holds an int's worth.
            var step = (int)Math.Min(count - done, 1 << 30);
            var from = new ReadOnlySpan<T>((T*)input + done, step);
            var to = new Span<T>((T*)inout + done, step);
            switch (basic)
            {
                case BasicOp.Sum: Combine<T, AddOperator>(from, to); break;
                case BasicOp.Prod: Combine<T, MultiplyOperator>(from, to); break;
                case BasicOp.Min: Combine<T, MinOperator>(from, to); break;
                case BasicOp.Max: Combine<T, MaxOperator>(from, to); break;
                case BasicOp.Replace: from.CopyTo(to); break;
                case BasicOp.NoOp: break;
                default: throw Invalid(typeof(T).Name);
            }
            done += step;
        }
    }

    private interface IOperator
    {
        static abstract T Scalar<T>(T a, T b) where T : INumber<T>;
        static abstract Vector<T> Vectors<T>(Vector<T> a, Vector<T> b);
    }

    private readonly struct AddOperator : IOperator
    {
        public static T Scalar<T>(T a, T b) where T : INumber<T> => a + b;
        public static Vector<T> Vectors<T>(Vector<T> a, Vector<T> b) => a + b;
    }

    private readonly struct MultiplyOperator : IOperator
    {
        public static T Scalar<T>(T a, T b) where T : INumber<T> => a * b;
        public static Vector<T> Vectors<T>(Vector<T> a, Vector<T> b) => a * b;
    }

    private readonly struct MinOperator : IOperator
    {
        public static T Scalar<T>(T a, T b) where T : INumber<T> => T.Min(a, b);
        public static Vector<T> Vectors<T>(Vector<T> a, Vector<T> b) => Vector.Min(a, b);
    }

    private readonly struct MaxOperator : IOperator
    {
        public static T Scalar<T>(T a, T b) where T : INumber<T> => T.Max(a, b);
        public static Vector<T> Vectors<T>(Vector<T> a, Vector<T> b) => Vector.Max(a, b);
    }

    private static void Combine<T, TOperator>(ReadOnlySpan<T> from, Span<T> to)
        where T : unmanaged, INumber<T>
        where TOperator : IOperator
    {
        var fromVectors = MemoryMarshal.Cast<T, Vector<T>>(from);
        var toVectors = MemoryMarshal.Cast<T, Vector<T>>(to);
        for (var i = 0; i < toVectors.Length; i++)
        {
            toVectors[i] = TOperator.Vectors(fromVectors[i], toVectors[i]);
        }
        for (var i = toVectors.Length * Vector<T>.Count; i < to.Length; i++)
        {
            to[i] = TOperator.Scalar(from[i], to[i]);
        }
    }

    private void Bits<T>(void* input, void* inout, long count) where T : unmanaged, IBinaryInteger<T>
    {
        var from = (T*)input;
        var to = (T*)inout;
        for (long i = 0; i < count; i++)
        {
            to[i] = basic switch
            {
                BasicOp.BitAnd => from[i] & to[i],
                BasicOp.BitOr => from[i] | to[i],
                BasicOp.BitXor => from[i] ^ to[i],
                _ => throw Invalid(typeof(T).Name),
            };
        }
    }

    private void Logical<T>(void* input, void* inout, long count) where T : unmanaged, IBinaryInteger<T>
    {
        var from = (T*)input;
        var to = (T*)inout;
        for (long i = 0; i < count; i++)
        {
            var (a, b) = (!T.IsZero(from[i]), !T.IsZero(to[i]));
            var result = basic switch
            {
                BasicOp.And => a && b,
                BasicOp.Or => a || b,
                BasicOp.Xor => a ^ b,
                _ => throw Invalid("bool"),
            };
            to[i] = result ? T.One : T.Zero;
        }
    }

    private void ComplexNumber(Complex* input, Complex* inout, long count)
    {
        for (long i = 0; i < count; i++)
        {
            inout[i] = basic switch
            {
                BasicOp.Sum => input[i] + inout[i],
                BasicOp.Prod => input[i] * inout[i],
                _ => throw Invalid("Complex"),
            };
        }
    }

    private void Located<T>(void* input, void* inout, long count) where T : unmanaged, INumber<T>
    {
        var from = (Located<T>*)input;
        var to = (Located<T>*)inout;
        for (long i = 0; i < count; i++)
        {
            var order = from[i].Value.CompareTo(to[i].Value);
            order = basic switch
            {
                BasicOp.MinLoc => order,
                BasicOp.MaxLoc => -order,
                _ => throw Invalid("Located"),
            };
            to[i] = order < 0 ? from[i] : order > 0 ? to[i] : new(to[i].Value, Math.Min(from[i].Location, to[i].Location));
        }
    }

    private MpiException Invalid(string type) =>
        EmbeddedBackend.Failure(MpiErrorClass.Op, "reduction", $"{basic} is not defined for {type}. {Op.WhereDefined}");
}
