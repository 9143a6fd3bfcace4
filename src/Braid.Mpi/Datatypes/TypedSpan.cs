namespace Braid.Mpi;

/// <summary>Memory seen through a <see cref="Datatype"/>, to be received or read into; see
/// <see cref="Datatype.Into{T}(Span{T})"/>.</summary>
public readonly ref struct TypedSpan
{
    private readonly ref byte _start;

    internal TypedSpan(ref byte start, int count, Datatype type)
    {
        _start = ref start;
        (Count, Type) = (count, type);
    }

    /// <summary>How many elements of the type.</summary>
    public int Count { get; }

    /// <summary>Where the data of each element lies.</summary>
    public Datatype Type { get; }

    internal ref byte GetPinnableReference() => ref _start;

    /// <summary>What can be received into can be sent.</summary>
    public static implicit operator ReadOnlyTypedSpan(TypedSpan span) => new(in span._start, span.Count, span.Type);
}

/// <summary>Memory seen through a <see cref="Datatype"/>, to be sent or written; see
/// <see cref="Datatype.From{T}(ReadOnlySpan{T})"/>.</summary>
public readonly ref struct ReadOnlyTypedSpan
{
    private readonly ref readonly byte _start;

    internal ReadOnlyTypedSpan(ref readonly byte start, int count, Datatype type)
    {
        _start = ref start;
        (Count, Type) = (count, type);
    }

    /// <summary>How many elements of the type.</summary>
    public int Count { get; }

    /// <summary>Where the data of each element lies.</summary>
    public Datatype Type { get; }

    internal ref readonly byte GetPinnableReference() => ref _start;
}
