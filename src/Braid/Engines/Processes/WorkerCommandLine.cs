using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Braid.Engines.Processes;

/// <summary>
/// How to start a process that has this application's own assemblies but never runs its <c>Main</c>. Where the assemblies lie on disk and a
/// shared runtime serves them, <c>dotnet exec</c> runs Braid.Worker.dll within the application's dependency closure. Otherwise
/// (single-file, self-contained) the application's own executable is started again with Braid.Worker as its startup hook.
/// </summary>
internal static class WorkerCommandLine
{
    private const string WorkerAssembly = "Braid.Worker";

    public static ProcessStartInfo Create()
    {
        var start = new ProcessStartInfo { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        if (Closure() is { } closure)
        {
            start.FileName = closure.Dotnet;
            start.ArgumentList.Add("exec");
            start.ArgumentList.Add("--depsfile");
            start.ArgumentList.Add(closure.DepsFile);
            start.ArgumentList.Add("--runtimeconfig");
            start.ArgumentList.Add(closure.RuntimeConfig);
            start.ArgumentList.Add(closure.Worker);
            return start;
        }

        if (AppContext.TryGetSwitch("System.StartupHookProvider.IsSupported", out var supported) && !supported)
        {
            throw new PlatformNotSupportedException(
                "This application was published without startup hooks (trimming turns them off), and its assemblies are not on disk: worker processes "
                + "cannot be started. Set <StartupHookSupport>true</StartupHookSupport>, or use Engine.InProcess.");
        }

        start.FileName = Environment.ProcessPath
            ?? throw new PlatformNotSupportedException("The path of this executable is not known, so it cannot be started as a worker. Use Engine.InProcess.");
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        start.Environment["DOTNET_STARTUP_HOOKS"] = WorkerAssembly;
        return start;
    }

    /// <summary>Null when the application does not lie on disk as assemblies, or brings its runtime along.</summary>
    private static (string Dotnet, string DepsFile, string RuntimeConfig, string Worker)? Closure()
    {
        var worker = Path.Combine(AppContext.BaseDirectory, WorkerAssembly + ".dll");
        // The host names the deps files of the application first and of the frameworks after it. An application may have none.
        var depsFile = (AppContext.GetData("APP_CONTEXT_DEPS_FILES") as string)?.Split(';', 2)[0];
        if (string.IsNullOrEmpty(depsFile) || !File.Exists(depsFile) || SharedDotnet() is not { } dotnet
            || depsFile.StartsWith(Path.Combine(Path.GetDirectoryName(dotnet)!, "shared"), StringComparison.Ordinal))
        {
            return null;
        }

        if (!File.Exists(worker))
            worker = Path.Combine(Path.GetDirectoryName(depsFile)!, WorkerAssembly + ".dll");
        if (!File.Exists(worker))
            return null;
        var runtimeConfig = Path.ChangeExtension(Path.ChangeExtension(depsFile, null), ".runtimeconfig.json");
        if (!File.Exists(runtimeConfig))
            runtimeConfig = Path.ChangeExtension(worker, ".runtimeconfig.json");
        return File.Exists(runtimeConfig) ? (dotnet, depsFile, runtimeConfig, worker) : null;
    }

    /// <summary>The <c>dotnet</c> that serves the runtime of this process: DOTNET/shared/Microsoft.NETCore.App/VERSION/ is where it runs from.</summary>
    private static string? SharedDotnet()
    {
        var root = new DirectoryInfo(RuntimeEnvironment.GetRuntimeDirectory()).Parent?.Parent;
        if (root is not { Name: "shared", Parent: { } home })
            return null;
        var dotnet = Path.Combine(home.FullName, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        return File.Exists(dotnet) ? dotnet : null;
    }
}
