using Braid.Mpi;

namespace MpiExamples;

/// <summary>A span of numbers is sent from where it lies and received into where it belongs; the status tells how many came.</summary>
internal static class BufferExample
{
    private const int Tag = 7;

    public static Task RunAsync(Communicator world)
    {
        if (world.Rank == 0)
        {
            world.Send<int>(Enumerable.Range(0, 100).ToArray(), destination: 1, Tag);
        }
        else if (world.Rank == 1)
        {
            // There may be room for more than comes.
            var numbers = new int[200];
            var status = world.Receive(numbers.AsSpan(), source: 0, Tag);
            var count = (int)status.GetCount<int>();
            Console.WriteLine($"{count} ints from rank {status.Source}: {numbers[0]} to {numbers[count - 1]}, sum {numbers[..count].Sum()}");
        }

        return Task.CompletedTask;
    }
}
