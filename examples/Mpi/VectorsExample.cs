using Braid.Mpi;

namespace MpiExamples;

/// <summary>Two long vectors are under way at once; nobody waits for the first before the second is sent.</summary>
internal static class VectorsExample
{
    private const int Length = 1_000_000;

    public static async Task RunAsync(Communicator world)
    {
        // Huge pages: long vectors are sent faster from there than out of an array.
        using var left = new MpiBuffer<double>(Length);
        using var right = new MpiBuffer<double>(Length);
        if (world.Rank == 0)
        {
            for (var i = 0; i < Length; i++)
                (left.Span[i], right.Span[i]) = (i, 0.5);
            await Request.WhenAll(world.StartSend<double>(left.Memory, 1, tag: 1), world.StartSend<double>(right.Memory, 1, tag: 2));
            await world.ReceiveAsync(left.Memory, source: 1);
            Console.WriteLine($"{Length:N0} sums: {left.Span[0]}, {left.Span[1]}, ... {left.Span[^1]}");
        }
        else if (world.Rank == 1)
        {
            await Request.WhenAll(world.StartReceive(left.Memory, 0, tag: 1), world.StartReceive(right.Memory, 0, tag: 2));
            for (var i = 0; i < Length; i++)
                left.Span[i] += right.Span[i];
            await world.SendAsync<double>(left.Memory, destination: 0);
        }
    }
}
