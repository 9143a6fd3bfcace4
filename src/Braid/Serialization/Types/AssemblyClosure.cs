using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.Loader;

namespace Braid.Serialization.Types;

/// <summary>
/// The assemblies that this application references, directly or not: the only ones whose types a payload can name. Names never become file paths.
/// </summary>
internal static class AssemblyClosure
{
    private static readonly ConcurrentDictionary<string, Assembly> Found = new(StringComparer.OrdinalIgnoreCase);
    private static readonly Lazy<HashSet<string>> Trusted = new(ReadTrustedNames);

    /// <summary>The assembly of that simple name, loaded if need be; null when the application does not reference it.</summary>
    public static Assembly? Find(string simpleName)
    {
        if (Found.TryGetValue(simpleName, out var known))
            return known;
        var assembly = FindLoaded(simpleName) ?? LoadReferenced(simpleName);
        // Only what exists is remembered: hostile names must not fill a table.
        if (assembly is not null)
            Found.TryAdd(simpleName, assembly);
        return assembly;
    }

    private static Assembly? FindLoaded(string simpleName)
    {
        Assembly? elsewhere = null;
        foreach (var assembly in AppDomain.CurrentDomain.GetAssemblies())
        {
            if (assembly.IsDynamic || assembly.IsCollectible || !string.Equals(assembly.GetName().Name, simpleName, StringComparison.OrdinalIgnoreCase))
                continue;
            if (AssemblyLoadContext.GetLoadContext(assembly) == AssemblyLoadContext.Default)
                return assembly;
            elsewhere = assembly;
        }

        return elsewhere;
    }

    private static Assembly? LoadReferenced(string simpleName)
    {
        if (!Trusted.Value.Contains(simpleName) && !IsReferenced(simpleName))
            return null;
        try
        {
            return AssemblyLoadContext.Default.LoadFromAssemblyName(new AssemblyName { Name = simpleName });
        }
        catch (Exception e) when (e is FileNotFoundException or FileLoadException or BadImageFormatException)
        {
            return null;
        }
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

    private static bool IsReferenced(string simpleName)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var open = new Queue<Assembly>(AppDomain.CurrentDomain.GetAssemblies());
        while (open.TryDequeue(out var assembly))
        {
            if (assembly.IsDynamic)
                continue;
            foreach (var reference in assembly.GetReferencedAssemblies())
            {
                if (string.Equals(reference.Name, simpleName, StringComparison.OrdinalIgnoreCase))
                    return true;
                if (reference.Name is { } name && seen.Add(name) && TryLoad(reference) is { } next)
                    open.Enqueue(next);
            }
        }

        return false;
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
