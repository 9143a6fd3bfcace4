/// <summary>
/// The other way into a worker, for applications that have no assemblies of their own on disk or no <c>dotnet</c> beside them
/// (PublishSingleFile, self-contained): the application's own executable, started with <c>DOTNET_STARTUP_HOOKS=Braid.Worker</c>, is a worker.
/// The runtime looks for this type, outside any namespace, and calls it before <c>Main</c>, which is never reached.
/// </summary>
internal static class StartupHook
{
    public static void Initialize()
    {
        // A process that a task starts is not a worker.
        Environment.SetEnvironmentVariable("DOTNET_STARTUP_HOOKS", null);
        Environment.Exit(Braid.Worker.Program.Main());
    }
}
