namespace Braid.Engines.Processes;

/// <summary>Where workers' lines go unless <see cref="ClusterOptions.Output"/> says otherwise: to the same stream here, marked.</summary>
internal static class WorkerConsole
{
    public static void Write(WorkerOutput output) =>
        (output.IsError ? Console.Error : Console.Out).WriteLine($"[worker {output.WorkerId}] {output.Line}");
}
