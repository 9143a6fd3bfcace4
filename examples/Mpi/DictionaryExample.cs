using Braid.Mpi;

namespace MpiExamples;

/// <summary>Any object that Braid's serializer takes is one message. The receiver needs not know how long it is.</summary>
internal static class DictionaryExample
{
    public static async Task RunAsync(Communicator world)
    {
        if (world.Rank == 0)
        {
            var weather = new Dictionary<string, double> { ["temperature"] = 21.5, ["pressure"] = 1013.25, ["wind"] = 4 };
            await world.SendObjectAsync(weather, destination: 1);
        }
        else if (world.Rank == 1)
        {
            var weather = await world.ReceiveObjectAsync<Dictionary<string, double>>(source: 0);
            Console.WriteLine(string.Join(", ", weather!.Select(pair => $"{pair.Key} {pair.Value}")));
        }
    }
}
