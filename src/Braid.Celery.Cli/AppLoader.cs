using System.Reflection;
using System.Runtime.Loader;

namespace Braid.Celery.Cli;

/// <summary>
/// Finds a <see cref="CeleryApp"/> in a DLL: a static property, field or method without parameters. The DLL's dependencies come from its own
/// folder and <c>.deps.json</c>; what the tool itself has loaded, Braid.Celery first of all, is shared, so that both mean the same types.
/// </summary>
internal static class AppLoader
{
    private const BindingFlags Static = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    internal static CeleryApp Load(string name)
    {
        var (path, member) = Split(name);
        var full = Path.GetFullPath(path);
        if (!File.Exists(full)) throw new UsageException($"-A {name}: there is no file {full}. Expected is path.dll or path.dll:Type.Member.");
        Assembly assembly;
        try { assembly = new AppContextOf(full).LoadFromAssemblyPath(full); }
        catch (BadImageFormatException) { throw new UsageException($"-A {name}: {full} is not a .NET assembly; where an app is built as app.exe or app, name its app.dll."); }
        var found = member is null ? Search(assembly) : [Member(assembly, member)];
        return found switch
        {
            [var one] => Value(one),
            [] => throw new UsageException($"-A {name}: no type of {assembly.GetName().Name} has a static member of type CeleryApp. Add one, as: static class Tasks {{ public static CeleryApp App {{ get; }} = new(…); }}"),
            _ => throw new UsageException($"-A {name}: there are several apps; name one of {string.Join(", ", found.Select(m => $"{path}:{m.DeclaringType!.FullName}.{m.Name}"))}."),
        };
    }

    /// <summary>At the last colon behind ".dll": a path may hold one itself, as C:\app.dll.</summary>
    private static (string Path, string? Member) Split(string name)
    {
        var end = name.LastIndexOf(".dll:", StringComparison.OrdinalIgnoreCase);
        return end < 0 ? (name, null) : (name[..(end + 4)], name[(end + 5)..]);
    }

    /// <summary>Properties and fields; methods where there are none, for a method often makes what a property holds.</summary>
    private static List<MemberInfo> Search(Assembly assembly)
    {
        List<MemberInfo> all = [.. Types(assembly).SelectMany(t => t.GetMembers(Static)).Where(m => TypeOf(m) == typeof(CeleryApp) && !IsHidden(m))];
        List<MemberInfo> values = [.. all.Where(m => m is not MethodInfo)];
        return values.Count > 0 ? values : all;
    }

    private static Type[] Types(Assembly assembly)
    {
        try { return assembly.GetTypes(); }
        catch (ReflectionTypeLoadException e)
        {
            throw new UsageException($"{assembly.Location} cannot be loaded: {e.LoaderExceptions.FirstOrDefault()?.Message ?? e.Message} "
                + "An app that needs more frameworks than the base runtime, such as ASP.NET Core, hosts its worker itself: services.AddCeleryWorker(app).");
        }
    }

    private static MemberInfo Member(Assembly assembly, string name)
    {
        var dot = name.LastIndexOf('.');
        var type = dot < 0 ? null : Types(assembly).FirstOrDefault(t => t.FullName == name[..dot] || t.Name == name[..dot]);
        return type?.GetMember(name[(dot + 1)..], Static).FirstOrDefault(m => TypeOf(m) == typeof(CeleryApp))
            ?? throw new UsageException($"'{name}' is not a static member of type CeleryApp in {assembly.GetName().Name}. There are: "
                + $"{string.Join(", ", Search(assembly).Select(m => $"{m.DeclaringType!.FullName}.{m.Name}").DefaultIfEmpty("none"))}.");
    }

    /// <summary>What the compiler made: the field and the getter of a property.</summary>
    private static bool IsHidden(MemberInfo member) => member.Name.Contains('<', StringComparison.Ordinal) || member is MethodInfo { IsSpecialName: true };

    private static Type? TypeOf(MemberInfo member) => member switch
    {
        PropertyInfo property => property.PropertyType,
        FieldInfo field => field.FieldType,
        MethodInfo method when method.GetParameters().Length == 0 => method.ReturnType,
        _ => null,
    };

    private static CeleryApp Value(MemberInfo member)
    {
        object? value;
        try
        {
            value = member switch
            {
                PropertyInfo property => property.GetValue(null),
                FieldInfo field => field.GetValue(null),
                _ => ((MethodInfo)member).Invoke(null, null),
            };
        }
        catch (TargetInvocationException e) when (e.InnerException is { } inner)
        {
            throw new UsageException($"{member.DeclaringType!.FullName}.{member.Name} failed: {(inner is TypeInitializationException { InnerException: { } first } ? first : inner)}");
        }
        return value as CeleryApp ?? throw new UsageException($"{member.DeclaringType!.FullName}.{member.Name} is null.");
    }

    private sealed class AppContextOf(string path) : AssemblyLoadContext(Path.GetFileNameWithoutExtension(path))
    {
        private readonly AssemblyDependencyResolver _resolver = new(path);

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            // Null: the tool's own, or the framework's.
            if (Default.Assemblies.Any(a => a.GetName().Name == assemblyName.Name) || Shared(assemblyName)) return null;
            return _resolver.ResolveAssemblyToPath(assemblyName) is { } file ? LoadFromAssemblyPath(file) : null;
        }

        /// <summary>Whether the tool has it beside itself and just has not needed it yet: types of it may stand in Braid.Celery's surface.</summary>
        private static bool Shared(AssemblyName name) => File.Exists(Path.Combine(AppContext.BaseDirectory, name.Name + ".dll"));

        protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
            _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } file ? LoadUnmanagedDllFromPath(file) : 0;
    }
}
