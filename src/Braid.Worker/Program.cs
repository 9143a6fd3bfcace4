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
        // Neither the name as text nor a call by reflection: parsing the one and making the other are some ten methods to compile.
        var worker = Assembly.Load(new AssemblyName { Name = "Braid" }).GetType("Braid.Engines.Processes.WorkerProgram", throwOnError: true)!;
        return worker.GetMethod("Run", BindingFlags.Static | BindingFlags.Public)!.CreateDelegate<Func<int>>()();
    }
}
