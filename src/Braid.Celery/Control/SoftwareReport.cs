using System.Reflection;
using System.Runtime.InteropServices;
using Braid.Celery.Wire;

namespace Braid.Celery.Control;

/// <summary>Versions and settings, for questions and reports of defects: what <c>inspect report</c> tells, line by line in the form of Celery's.</summary>
internal static class SoftwareReport
{
    internal static string Version => typeof(CeleryApp).Assembly.GetName().Version?.ToString(3) ?? "0";

    internal static string Platform => OperatingSystem.IsWindows() ? "Windows" : OperatingSystem.IsMacOS() ? "Darwin" : "Linux";

    /// <summary>With the addresses and all settings that are not the defaults. Passwords are left out.</summary>
    internal static string Of(CeleryApp app, WorkerOptions options)
    {
        var driver = app.Broker.Transport == "redis" ? $"{typeof(CeleryApp).Namespace}.Redis:{Version}" : $"RabbitMQ.Client:{VersionOf(typeof(RabbitMQ.Client.IConnection))}";
        return $"\nsoftware -> braid-celery:{Version} dotnet:{Environment.Version}\n"
            + $"            {driver}\n"
            + $"platform -> system:{Platform} arch:{Architecture}\n"
            + $"            kernel version:{Kernel} imp:{RuntimeInformation.FrameworkDescription}\n"
            + $"loader   -> {typeof(CeleryApp).FullName}\n"
            + $"settings -> transport:{app.Broker.Transport} results:{(app.BackendUrl is { } backend ? CeleryUrl.Redact(backend) : "disabled")}\n\n"
            + string.Concat(WorkerConf.Changed(app, options).Select(s => $"{s.Key}: {PythonRepr.Of(s.Value)}\n"));
    }

    /// <summary>As Python's <c>platform.architecture()</c> has it: the bits and the format of executables.</summary>
    private static string Architecture =>
        (Environment.Is64BitProcess ? "64bit" : "32bit") + (OperatingSystem.IsWindows() ? ", WindowsPE" : OperatingSystem.IsMacOS() ? "" : ", ELF");

    /// <summary>The kernel's release as <c>uname -r</c> has it.</summary>
    private static string Kernel
    {
        get
        {
            const string Release = "/proc/sys/kernel/osrelease";
            return OperatingSystem.IsLinux() && File.Exists(Release) ? File.ReadAllText(Release).Trim() : Environment.OSVersion.Version.ToString();
        }
    }

    private static string VersionOf(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";
}
