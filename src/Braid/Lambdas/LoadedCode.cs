using System.Reflection;
using Braid.Serialization.Types;

namespace Braid.Lambdas;

/// <summary>
/// The builds of the assemblies whose methods have been named here. They are found by simple name among what the application
/// references: a payload can bring no code that the application does not have.
/// </summary>
internal static class LoadedCode
{
    private static readonly Lock Finding = new();
    private static readonly Dictionary<string, Module> Modules = new(StringComparer.Ordinal);

    /// <summary>The module of the assembly of this name and build.</summary>
    /// <exception cref="CodeMismatchException">The assembly is another build here, or missing.</exception>
    public static Module Find(string assemblyName, Guid mvid)
    {
        Module module;
        lock (Finding)
        {
            if (!Modules.TryGetValue(assemblyName, out module!))
            {
                module = Load(assemblyName, mvid);
                Modules.Add(assemblyName, module);
            }
        }

        var found = module.ModuleVersionId;
        if (found == mvid) return module;
        throw new CodeMismatchException(
            $"A lambda comes from another build of {assemblyName}: the sender has MVID {mvid}, and here it is {found} ({Where(module)}). "
            + "Lambdas run only where the very same build is. Rebuild, deploy the one output to every machine, and start the workers again.")
        {
            AssemblyName = assemblyName,
            SentMvid = mvid,
            FoundMvid = found,
        };
    }

    private static Module Load(string assemblyName, Guid mvid) =>
        AssemblyClosure.Find(assemblyName)?.ManifestModule
        ?? throw new CodeMismatchException(
            $"A lambda comes from the assembly {assemblyName} (MVID {mvid}), which is not part of the application here "
            + $"({AppContext.BaseDirectory}). Reference it from the application, so that it lies beside it and in its .deps.json.")
        {
            AssemblyName = assemblyName,
            SentMvid = mvid,
        };

    private static string Where(Module module) =>
        module.FullyQualifiedName is { Length: > 0 } path && path[0] != '<' ? path : AppContext.BaseDirectory;
}
