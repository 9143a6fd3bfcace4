using System.Diagnostics;
using System.Reflection;
using Braid.Serialization;
using Braid.Serialization.Compiling;
using Braid.Serialization.Graphs;

namespace Braid.Lambdas;

/// <summary>
/// Everything that is known of one method that delegates of one type call, found once and kept for the process: how it is named to another
/// process, what of its captures travels, and its name for people.
/// </summary>
internal sealed class Lambda
{
    private static readonly LambdaCache Seen = new();

    private readonly Type _delegateType;
    private readonly LambdaKind _kind;
    private readonly MethodInfo? _method;
    private readonly Captures _captures;
    private string? _name;

    /// <summary>Only <see cref="LambdaInspection"/> makes them, one for each method, kind and delegate type.</summary>
    internal Lambda(Type delegateType, LambdaKind kind, MethodInfo? method)
    {
        Debug.Assert(method is null == (kind == LambdaKind.Several));
        _delegateType = delegateType;
        _kind = kind;
        _method = method;
        _captures = kind switch
        {
            LambdaKind.Open or LambdaKind.Stateless => new NoCaptures(delegateType, kind, method!),
            LambdaKind.Closure => new ClosureCaptures(delegateType, method!),
            LambdaKind.Bound => new BoundCaptures(delegateType, method!),
            _ => new SeveralCaptures(delegateType),
        };
    }

    /// <summary>What it is called in messages and on dashboards: <c>Program.Main lambda (Program.cs:12)</c>, <c>Maths.Square</c>. Worked out
    /// on the first use, which may read symbols from disk.</summary>
    public string Name => _name ??= _method is null ? $"several targets of a {TypeNames.Of(_delegateType)}" : LambdaName.Of(_method);

    /// <summary>Whether <see cref="WriteCaptures"/> writes nothing, so that every delegate of this lambda is as good as every other.</summary>
    public bool CapturesNothing => _captures.AreNone;

    /// <summary>The variables that it sends, where its target is a closure; null where the target is sent whole.</summary>
    public FieldSubset? Chosen => _captures.Chosen;

    /// <summary>The lambda that <paramref name="d"/> calls.</summary>
    /// <exception cref="CaptureException">Its code cannot travel: it was made at run time, can be unloaded, or is not .NET code.</exception>
    public static Lambda Of(Delegate d)
    {
        if (!DelegateFields.AreKnown) return LambdaInspection.Of(d, out _);
        var open = DelegateFields.OpenMethodPointer(d);
        // An open delegate is its own target, which says nothing of the method.
        var targetType = open == 0 ? DelegateFields.Target(d)?.GetType() : null;
        return Seen.Find(d.GetType(), DelegateFields.MethodPointer(d), open, targetType) ?? Inspect(d, open, targetType);
    }

    /// <summary>The same of a delegate inside of data, where the finding gets the way to it.</summary>
    /// <exception cref="SerializationException">Its code cannot travel.</exception>
    public static Lambda OfPart(Delegate d)
    {
        try
        {
            return Of(d);
        }
        catch (CaptureException e) when (e.Reason is { } reason)
        {
            throw new SerializationException(d, d.GetType(), reason);
        }
    }

    /// <summary>Writes what <see cref="ReadDefinition"/> needs to find the same method in another process.</summary>
    public void WriteDefinition(ObjectWriter w)
    {
        w.WriteByte((byte)_kind);
        w.WriteType(_delegateType);
        if (_method is not null) MethodIdentity.Write(w, _method);
    }

    /// <exception cref="CodeMismatchException">The sender runs another build, or an assembly that is not here.</exception>
    /// <exception cref="SerializationException">The bytes do not name a method that such a delegate could call.</exception>
    public static Lambda ReadDefinition(ObjectReader r)
    {
        var kind = (LambdaKind)r.ReadByte();
        var delegateType = r.ReadType();
        if (!delegateType.IsSubclassOf(typeof(MulticastDelegate)) || delegateType.ContainsGenericParameters)
            throw new SerializationException($"A lambda has the type {TypeNames.Of(delegateType)}, which is not a delegate's.");
        var method = kind == LambdaKind.Several ? null : MethodIdentity.Read(r);
        return LambdaInspection.Known(delegateType, kind, method);
    }

    /// <summary>Writes what the lambda captures: of a closure only what its code can read.</summary>
    /// <exception cref="CaptureException">Something in it cannot travel.</exception>
    public void WriteCaptures(ObjectWriter w, Delegate d) => _captures.Write(w, d);

    /// <summary>Reads what <see cref="WriteCaptures"/> wrote, and makes the delegate.</summary>
    /// <exception cref="SerializationException">The bytes are not the captures of this lambda.</exception>
    public Delegate ReadCaptures(ObjectReader r) => _captures.Read(r);

    /// <summary>The call of <paramref name="d"/>, which is one of this lambda, as a delegate of another type that fits it.</summary>
    public Delegate As(Type delegateType, Delegate d) =>
        _kind == LambdaKind.Open ? Binding.Open(delegateType, _method!) : Binding.Closed(delegateType, _method!, d.Target);

    /// <summary>Shows what the lambda captures to a visitor, which then follows it with the checks of the writer.</summary>
    public void Scan(Delegate d, GraphVisitor v) => _captures.Scan(d, v);

    /// <summary>Every <typeparamref name="TSought"/> among what the lambda captures, each once: for an engine that passes it by reference.</summary>
    /// <exception cref="CaptureException">Something in it cannot travel: the same as from <see cref="WriteCaptures"/>.</exception>
    public IReadOnlyList<TSought> Find<TSought>(Delegate d) where TSought : class => _captures.AreNone ? [] : _captures.Find<TSought>(d);

    public bool Is(Type delegateType, LambdaKind kind) => _delegateType == delegateType && _kind == kind;

    public override string ToString() => Name;

    private static Lambda Inspect(Delegate d, nint open, Type? targetType)
    {
        var lambda = LambdaInspection.Of(d, out var isLasting);
        return isLasting ? Seen.Add(d.GetType(), DelegateFields.MethodPointer(d), open, targetType, lambda) : lambda;
    }
}

/// <summary>What a delegate is bound to. The numbers are part of the definition on the wire.</summary>
internal enum LambdaKind : byte
{
    /// <summary>Nothing: a static method, or an instance method that takes its object as an argument.</summary>
    Open = 0,

    /// <summary>The compiler's instance for lambdas that capture nothing.</summary>
    Stateless = 1,

    /// <summary>A closure of the compiler's, of which only the fields that the code can read are sent.</summary>
    Closure = 2,

    /// <summary>An object of the user's, or the first argument of a static method: sent whole.</summary>
    Bound = 3,

    /// <summary>Several delegates, called one after another.</summary>
    Several = 4,
}
