using Braid.Mpi;

namespace MpiExamples;

/// <summary>The same program runs as every rank; its number tells it what to do.</summary>
internal static class HelloExample
{
    public static Task RunAsync(Communicator world)
    {
        Console.WriteLine($"Hello from rank {world.Rank} of {world.Size} on {Mpi.ProcessorName}, by {Mpi.Implementation}.");
        return Task.CompletedTask;
    }
}
