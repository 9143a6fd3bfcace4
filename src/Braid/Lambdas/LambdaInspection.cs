using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Braid.Serialization;

namespace Braid.Lambdas;

/// <summary>
/// Looks at a delegate by reflection: what it calls, how it is bound, and whether such code can travel at all. One <see cref="Lambda"/>
/// stands for each method, delegate type and kind, whichever way it was found.
/// </summary>
internal static class LambdaInspection
{
    private static readonly Lock Adding = new();
    private static readonly Dictionary<MethodBase, List<Lambda>> ByMethod = [];
    private static readonly Dictionary<Type, Lambda> SeveralByType = [];

    /// <param name="d">The delegate.</param>
    /// <param name="isLasting">Whether its entry points stand for this method as long as the process lives.</param>
    public static Lambda Of(Delegate d, out bool isLasting)
    {
        isLasting = true;
        if (!d.HasSingleTarget)
        {
            // The delegates in it are looked at one by one when they are written.
            if (d.GetType().IsCollectible) throw Refusals.Unloadable(TypeNames.Of(d.GetType()), d.GetType());
            return Known(d.GetType(), LambdaKind.Several, null);
        }

        var method = d.Method;
        Refuse(d, method);
        var kind = KindOf(d, method);
        // The stub of an open virtual call belongs to a signature, not to a method.
        isLasting = kind != LambdaKind.Open || method.IsStatic;
        return Known(d.GetType(), kind, method);
    }

    /// <summary>The one lambda of this method, kind and delegate type.</summary>
    public static Lambda Known(Type delegateType, LambdaKind kind, MethodInfo? method)
    {
        lock (Adding)
        {
            if (method is null)
            {
                if (!SeveralByType.TryGetValue(delegateType, out var several))
                    SeveralByType.Add(delegateType, several = new Lambda(delegateType, kind, null));
                return several;
            }

            if (!ByMethod.TryGetValue(method, out var same)) ByMethod.Add(method, same = []);
            foreach (var known in same)
            {
                if (known.Is(delegateType, kind)) return known;
            }

            var lambda = new Lambda(delegateType, kind, method);
            same.Add(lambda);
            return lambda;
        }
    }

    private static LambdaKind KindOf(Delegate d, MethodInfo method)
    {
        // A delegate closed over null has a null target as an open one has, but one parameter less than its method.
        var target = d.Target;
        if (target is null) return IsOpen(d.GetType(), method) ? LambdaKind.Open : LambdaKind.Bound;
        if (method.IsStatic) return LambdaKind.Bound;
        var type = target.GetType();
        if (GeneratedNames.IsStatelessHolder(type)) return LambdaKind.Stateless;
        return GeneratedNames.IsClosure(type) && method.DeclaringType == type ? LambdaKind.Closure : LambdaKind.Bound;
    }

    public static bool IsOpen(Type delegateType, MethodInfo method)
    {
        var passed = delegateType.GetMethod("Invoke")!.GetParameters().Length;
        return passed == method.GetParameters().Length + (method.IsStatic ? 0 : 1);
    }

    private static void Refuse(Delegate d, MethodInfo method)
    {
        if (!RuntimeFeature.IsDynamicCodeSupported) throw Refusals.AheadOfTime();
        if (method is DynamicMethod || method.DeclaringType is null || method.Module.Assembly.IsDynamic) throw Refusals.MadeAtRunTime(method);
        // What the runtime makes of a native function pointer names itself Invoke, and is its own target.
        if (method.DeclaringType == d.GetType() && DelegateFields.AreKnown && ReferenceEquals(DelegateFields.Target(d), d))
            throw Refusals.Native(d);
        if (method.IsCollectible || d.GetType().IsCollectible) throw Refusals.Unloadable(LambdaName.WithLocation(method), method.DeclaringType);
    }
}
