using System.Reflection;

namespace Braid.Worker;

/// <summary>
/// What a worker process runs. It is started inside the application's own dependency closure, so the Braid that it finds
/// there is the driver's own; all that a worker does is written there, and this program only hands over to it.
/// </summary>
internal static class Program
{
    internal static int Main()
    {
        var worker = Assembly.Load("Braid").GetType("Braid.Engines.Processes.WorkerProgram", throwOnError: true)!;
        return (int)worker.GetMethod("Run", BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)!.Invoke(null, null)!;
    }
}
