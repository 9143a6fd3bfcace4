using System.Reflection;
using Braid.Serialization;

namespace Braid.Lambdas;

/// <summary>Makes delegates of what was read; a method that does not fit is the payload's fault.</summary>
internal static class Binding
{
    /// <summary>The same calls as a delegate of another type, one that <paramref name="d"/> can be converted to by variance.</summary>
    /// <exception cref="CaptureException">Its code cannot travel.</exception>
    public static Delegate As(Type delegateType, Delegate d) =>
        d.HasSingleTarget ? Lambda.Of(d).As(delegateType, d) : Delegate.Combine(Array.ConvertAll(d.GetInvocationList(), part => As(delegateType, part)))!;

    public static Delegate Open(Type delegateType, MethodInfo method)
    {
        try
        {
            return method.CreateDelegate(delegateType);
        }
        catch (ArgumentException e)
        {
            throw Unfit(delegateType, method, e);
        }
    }

    public static Delegate Closed(Type delegateType, MethodInfo method, object? target)
    {
        try
        {
            var d = Delegate.CreateDelegate(delegateType, target, method);
            // It chooses the override of the target's type, but the method is already the one that was called: for base.Method it is not that.
            return d.Method == method || method.DeclaringType!.IsInterface ? d : Exactly(delegateType, method, target!);
        }
        catch (ArgumentException e)
        {
            throw Unfit(delegateType, method, e);
        }
    }

    // Only after CreateDelegate has found that target, method and delegate fit each other: nothing is checked here.
    private static Delegate Exactly(Type delegateType, MethodInfo method, object target) =>
        (Delegate)Activator.CreateInstance(delegateType, target, method.MethodHandle.GetFunctionPointer())!;

    private static SerializationException Unfit(Type delegateType, MethodInfo method, Exception cause) =>
        new($"The payload binds {LambdaName.Of(method)} to a {TypeNames.Of(delegateType)}, which it does not fit.", cause);
}
