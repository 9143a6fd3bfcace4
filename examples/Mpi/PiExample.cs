using Braid.Mpi;

namespace MpiExamples;

/// <summary>π is the integral of 4 / (1 + x²) from 0 to 1. The strips are dealt out to the ranks like cards, and their sums added.</summary>
internal static class PiExample
{
    private const int Strips = 10_000_000;

    public static Task RunAsync(Communicator world)
    {
        var sum = 0.0;
        for (var strip = world.Rank; strip < Strips; strip += world.Size)
        {
            var x = (strip + 0.5) / Strips;
            sum += 4 / (1 + x * x);
        }

        var pi = world.AllReduce(sum / Strips, Op.Sum);
        if (world.Rank == 0)
            Console.WriteLine($"pi = {pi:F10} by {world.Size} {(world.Size == 1 ? "rank" : "ranks")}");
        return Task.CompletedTask;
    }
}
