using System.Reflection;
using Braid.Serialization;

namespace Braid.Lambdas;

/// <summary>Why some code cannot travel at all. Apart from where it is found out, so that a process which refuses nothing compiles none of it.</summary>
internal static class Refusals
{
    public static CaptureException AheadOfTime() => new(
        $"Lambdas cannot travel from this program: Braid sends the variables that the IL of a lambda reads, and makes code for them at run time. {Lambdas.AheadOfTime.Cause} "
        + "PublishSingleFile and PublishReadyToRun keep the IL and work.");

    public static CaptureException MadeAtRunTime(MethodInfo method) => New(
        $"The method {method.Name}",
        method.Name,
        "its code was made at run time (a compiled expression tree, DynamicMethod, a script or Reflection.Emit), and no other process can load it. "
        + "Submit a lambda or a method of a compiled assembly, and make the code inside it.");

    public static CaptureException Native(Delegate d) => New(
        $"A {TypeNames.Of(d.GetType())} made from a native function pointer",
        null,
        "the address of a native function means nothing in another process. Submit a lambda that loads the native library and calls the function there.");

    public static CaptureException Unloadable(string name, Type where) => New(
        name,
        name,
        $"it is code of the collectible load context that holds {where.Assembly.GetName().Name}, which workers do not have. "
        + "Load that assembly into the default context, or reference it from the application.");

    private static CaptureException New(string what, string? lambda, string reason) => new($"{what} cannot travel: {reason}") { Lambda = lambda, Reason = reason };
}
