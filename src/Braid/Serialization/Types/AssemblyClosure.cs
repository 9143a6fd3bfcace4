using System.Reflection;
using System.Runtime.Loader;

namespace Braid.Serialization.Types;

/// <summary>
/// The assemblies that this application references, directly or not: the only ones whose types a payload can name. Names never become file
/// paths, and a name that is not there costs a look into tables that only loading an assembly changes.
/// </summary>
internal static class AssemblyClosure
{
    private static readonly Lazy<HashSet<string>> Trusted = new(ReadTrustedNames);

    // Dropped whenever an assembly is loaded.
    private static volatile Dictionary<string, Assembly>? _loaded;
    private static volatile HashSet<string>? _referenced;

    static AssemblyClosure() => AppDomain.CurrentDomain.AssemblyLoad += static (_, _) => (_loaded, _referenced) = (null, null);

    /// <summary>The assembly of that simple name, loaded if need be; null when the application does not reference it.</summary>
    public static Assembly? Find(string simpleName)
    {
        var loaded = _loaded ??= ReadLoaded();
        if (loaded.TryGetValue(simpleName, out var assembly))
            return assembly;
        if (!Trusted.Value.Contains(simpleName) && !(_referenced ??= ReadReferenced()).Contains(simpleName))
            return null;
        return TryLoad(new AssemblyName { Name = simpleName });
    }

    // Assemblies of the default context go before those that a host or a plug-in has loaded beside it.
    private static Dictionary<string, Assembly> ReadLoaded()
    {
        var loaded = new Dictionary<string, Assembly>(StringComparer.OrdinalIgnoreCase);
        foreach (var assembly in AppDomain.CurrentDomain.GetAssemblies())
        {
            if (assembly.IsDynamic || assembly.IsCollectible || assembly.GetName().Name is not { } name)
                continue;
            if (AssemblyLoadContext.GetLoadContext(assembly) == AssemblyLoadContext.Default)
                loaded[name] = assembly;
            else
                loaded.TryAdd(name, assembly);
        }

        return loaded;
    }

    // The host's own list of the application's dependencies. A bundled application has no files to list, hence the walk below.
    private static HashSet<string> ReadTrustedNames()
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        if (AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") is string paths)
        {
            foreach (var path in paths.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
                names.Add(Path.GetFileNameWithoutExtension(path));
        }

        return names;
    }

    private static HashSet<string> ReadReferenced()
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var open = new Queue<Assembly>(AppDomain.CurrentDomain.GetAssemblies());
        while (open.TryDequeue(out var assembly))
        {
            if (assembly.IsDynamic)
                continue;
            foreach (var reference in assembly.GetReferencedAssemblies())
            {
                if (reference.Name is { } name && names.Add(name) && TryLoad(reference) is { } next)
                    open.Enqueue(next);
            }
        }

        return names;
    }

    private static Assembly? TryLoad(AssemblyName name)
    {
        try
        {
            return AssemblyLoadContext.Default.LoadFromAssemblyName(name);
        }
        catch (Exception e) when (e is FileNotFoundException or FileLoadException or BadImageFormatException)
        {
            return null; // a reference that the application can do without
        }
    }
}
