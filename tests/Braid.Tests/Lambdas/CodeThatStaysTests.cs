using System.Linq.Expressions;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using Braid.Lambdas;

namespace Braid.Tests.Lambdas;

/// <summary>Code that no other process could load is refused, with a reason, and never remembered.</summary>
public class CodeThatStaysTests
{
    [Fact]
    public void A_dynamic_method()
    {
        var method = new DynamicMethod("Made", typeof(int), []);
        var il = method.GetILGenerator();
        il.Emit(OpCodes.Ldc_I4, 42);
        il.Emit(OpCodes.Ret);
        Refused(method.CreateDelegate<Func<int>>(), "Made", "made at run time");
    }

    [Fact]
    public void A_compiled_expression_tree()
    {
        var x = 1;
        Expression<Func<int>> tree = () => x;
        Refused(tree.Compile(), "made at run time");
    }

    [Fact]
    public void A_method_of_a_dynamic_assembly()
    {
        var assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Emitted"), AssemblyBuilderAccess.Run);
        var type = assembly.DefineDynamicModule("Emitted").DefineType("Maker", TypeAttributes.Public);
        var method = type.DefineMethod("Make", MethodAttributes.Public | MethodAttributes.Static, typeof(int), []);
        var il = method.GetILGenerator();
        il.Emit(OpCodes.Ldc_I4, 42);
        il.Emit(OpCodes.Ret);
        Refused(type.CreateType().GetMethod("Make")!.CreateDelegate<Func<int>>(), "Make", "made at run time");
    }

    [Fact]
    public void A_method_of_a_collectible_load_context()
    {
        var context = new AssemblyLoadContext("plugin", isCollectible: true);
        var copy = context.LoadFromAssemblyPath(typeof(Maths).Assembly.Location);
        var square = copy.GetType(typeof(Maths).FullName!)!.GetMethod(nameof(Maths.Square))!.CreateDelegate<Func<int, int>>();
        Refused(square, "Maths.Square", "collectible load context", "Braid.Tests");

        var generic = typeof(CodeThatStaysTests).GetMethod(nameof(NameOf), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(copy.GetType(typeof(Maths).FullName!)!).CreateDelegate<Func<string>>();
        Refused(generic, "collectible load context");
        context.Unload();
    }

    [Fact]
    public void A_native_function_pointer()
    {
        var library = NativeLibrary.Load(OperatingSystem.IsWindows() ? "msvcrt" : OperatingSystem.IsMacOS() ? "libSystem.dylib" : "libc.so.6");
        Refused(Marshal.GetDelegateForFunctionPointer<Absolute>(NativeLibrary.GetExport(library, "abs")), "native function pointer");
    }

    private static void Refused(Delegate d, params string[] parts)
    {
        for (var i = 0; i < 2; i++)
        {
            var e = Assert.Throws<CaptureException>(() => Lambda.Of(d));
            Assert.All(parts, part => Assert.Contains(part, e.Message));
        }
    }

    private static string NameOf<T>() => typeof(T).Name;

    private delegate int Absolute(int x);
}
