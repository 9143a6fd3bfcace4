using System.Runtime.ExceptionServices;
using Braid.Mpi.Abi;

namespace Braid.Mpi;

/// <summary>Combines the elements of <paramref name="inout"/> with those of a lower rank: <c>inout[i] = input[i] op inout[i]</c>.</summary>
/// <param name="input">From the lower rank.</param>
/// <param name="inout">From the higher rank; takes the result.</param>
public delegate void ReduceFunction<T>(ReadOnlySpan<T> input, Span<T> inout) where T : unmanaged;

/// <summary>How a reduction combines two values: one of MPI's own, or a function of yours.</summary>
public sealed unsafe class Op : IDisposable
{
    private readonly BasicOp? _basic;
    private readonly Type? _element;
    private nint _handle;
    private volatile ExceptionDispatchInfo? _failure;

    private Op(BasicOp basic) => _basic = basic;

    private Op(Type element) => _element = element;

    /// <summary>The sum.</summary>
    public static Op Sum { get; } = new(BasicOp.Sum);
    /// <summary>The product.</summary>
    public static Op Product { get; } = new(BasicOp.Prod);
    /// <summary>The smallest.</summary>
    public static Op Min { get; } = new(BasicOp.Min);
    /// <summary>The largest.</summary>
    public static Op Max { get; } = new(BasicOp.Max);
    /// <summary>Bitwise and, of integers.</summary>
    public static Op BitwiseAnd { get; } = new(BasicOp.BitAnd);
    /// <summary>Bitwise or, of integers.</summary>
    public static Op BitwiseOr { get; } = new(BasicOp.BitOr);
    /// <summary>Bitwise exclusive or, of integers.</summary>
    public static Op BitwiseXor { get; } = new(BasicOp.BitXor);
    /// <summary>Logical and, of integers and bool.</summary>
    public static Op And { get; } = new(BasicOp.And);
    /// <summary>Logical or, of integers and bool.</summary>
    public static Op Or { get; } = new(BasicOp.Or);
    /// <summary>Logical exclusive or, of integers and bool.</summary>
    public static Op Xor { get; } = new(BasicOp.Xor);
    /// <summary>The smallest and where it is, of <see cref="Located{T}"/>.</summary>
    public static Op MinLoc { get; } = new(BasicOp.MinLoc);
    /// <summary>The largest and where it is, of <see cref="Located{T}"/>.</summary>
    public static Op MaxLoc { get; } = new(BasicOp.MaxLoc);
    /// <summary>The new value; for one-sided communication.</summary>
    public static Op Replace { get; } = new(BasicOp.Replace);
    /// <summary>The old value; for one-sided communication.</summary>
    public static Op None { get; } = new(BasicOp.NoOp);

    /// <summary>A reduction of yours, element by element; it must be associative. Any number may exist. Every rank makes its own.</summary>
    /// <param name="combine">The lower rank's value comes first.</param>
    /// <param name="commutative">False keeps the order of the ranks, which is slower.</param>
    public static Op Create<T>(Func<T, T, T> combine, bool commutative = true) where T : unmanaged =>
        Create<T>(
            (input, inout) =>
            {
                for (var i = 0; i < inout.Length; i++)
                {
                    inout[i] = combine(input[i], inout[i]);
                }
            },
            commutative);

    /// <summary>A reduction of yours over whole blocks of elements.</summary>
    /// <exception cref="MpiException">MPI has no more room for operations.</exception>
    public static Op Create<T>(ReduceFunction<T> combine, bool commutative = true) where T : unmanaged
    {
        _ = Mpi.World.Handle;
        var op = new Op(typeof(T));
        Runtime.Check(
            Runtime.Backend.CreateOp(
                (input, inout, count) =>
                {
                    // An exception cannot pass through MPI's frames: it waits for the call to return.
                    try
                    {
                        combine(new ReadOnlySpan<T>(input, checked((int)count)), new Span<T>(inout, checked((int)count)));
                    }
                    catch (Exception e)
                    {
                        op._failure ??= ExceptionDispatchInfo.Capture(e);
                    }
                },
                commutative,
                out op._handle),
            "MPI_Op_create");
        return op;
    }

    /// <summary>What an MPI does not say when it refuses one.</summary>
    internal const string WhereDefined =
        "MPI's own operations are for the numbers that C has, the logical ones for bool too; for other types, decimal or structs, there is Op.Create.";

    /// <summary>The handle, checked against the type that the operation is for.</summary>
    internal nint HandleFor<T>() where T : unmanaged
    {
        if (_basic is { } basic)
        {
            return Runtime.Backend.Op(basic);
        }
        if (_element != typeof(T))
        {
            throw new ArgumentException($"The operation combines {_element!.Name}; the buffer holds {typeof(T).Name}.");
        }
        ObjectDisposedException.ThrowIf(_handle == 0, this);
        return _handle;
    }

    /// <summary>The handle for one-sided communication, where an operation runs without the target's help.</summary>
    internal nint PredefinedHandle() => _basic is { } basic
        ? Runtime.Backend.Op(basic)
        : throw new ArgumentException("One-sided operations combine by MPI's own operations only, not by one of the program's.");

    /// <summary>Raises what the user's function raised on this rank.</summary>
    internal void ThrowIfFailed()
    {
        if (_failure is { } failure)
        {
            _failure = null;
            failure.Throw();
        }
    }

    /// <summary>Frees an operation of yours; those of MPI stay.</summary>
    public void Dispose()
    {
        if (_handle != 0 && Runtime.IsActive)
        {
            fixed (nint* handle = &_handle)
            {
                Runtime.Check(Runtime.Backend.FreeOp(handle), "MPI_Op_free");
            }
            _handle = 0;
        }
    }
}
