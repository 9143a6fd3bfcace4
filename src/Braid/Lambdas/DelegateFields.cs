using System.Runtime.CompilerServices;

namespace Braid.Lambdas;

/// <summary>
/// The fields of a delegate as CoreCLR lays it out. <see cref="Delegate.Method"/> of a new delegate costs over 100 ns where these
/// cost one or two, so that a lambda is recognized by them; nothing depends on them but speed.
/// </summary>
/// <remarks>
/// A delegate closed over its first argument has the method's entry in <c>_methodPtr</c> and the argument in <c>_target</c>. An open one
/// (a static method) is its own target, has a stub that only shifts arguments, shared by every method of that signature, in
/// <c>_methodPtr</c>, and the method's entry in <c>_methodPtrAux</c>. A delegate of several targets looks like an open one whose stub
/// belongs to the delegate's type.
/// </remarks>
internal static class DelegateFields
{
    /// <summary>False on a runtime that lays delegates out in another way; then every delegate is looked at by reflection.</summary>
    public static readonly bool AreKnown = CanRead(static () => { });

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_target")]
    public static extern ref object? Target(Delegate d);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_methodPtr")]
    public static extern ref nint MethodPointer(Delegate d);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_methodPtrAux")]
    public static extern ref nint OpenMethodPointer(Delegate d);

    /// <summary>
    /// A delegate to the same method as a closed <paramref name="template"/>, for another target of the very same type: a tenth of the
    /// price of <c>MethodInfo.CreateDelegate</c>.
    /// </summary>
    public static Delegate Rebind(Delegate template, object target)
    {
        var copy = (Delegate)MemberwiseClone(template);
        Target(copy) = target;
        return copy;
    }

    /// <summary>
    /// The same for a blank target, to be kept as a template: a kept target would keep alive all that it captured, shared memory included.
    /// Null where targets cannot be exchanged.
    /// </summary>
    public static Delegate? WithoutTarget(Delegate d) =>
        AreKnown ? Rebind(d, RuntimeHelpers.GetUninitializedObject(d.Target!.GetType())) : null;

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "MemberwiseClone")]
    private static extern object MemberwiseClone(object o);

    // By trying: asking reflection for three fields costs a fresh process two milliseconds.
    private static bool CanRead(Delegate d)
    {
        try
        {
            return OpenMethodPointer(d) == 0 && MethodPointer(d) != 0 && ReferenceEquals(Target(d), d.Target);
        }
        catch (MissingFieldException)
        {
            return false;
        }
    }
}
