using System.Globalization;
using System.Text;
using Braid.Examples.Tour;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
Console.OutputEncoding = Encoding.UTF8;
(string Name, string What, Func<Task> Run)[] stops =
[
    ("pool", "a function over many items, in order", PoolStop.RunAsync),
    ("futures", "sixteen sleeps, each shown as it ends", FuturesStop.RunAsync),
    ("tasks", "four squares in worker processes", TasksStop.RunAsync),
    ("matrices", "products and a sum: a tree of references", MatricesStop.RunAsync),
    ("nested", "tasks that submit tasks and wait for them", NestedStop.RunAsync),
    ("stream", "items that are consumed while they are produced", StreamStop.RunAsync),
    ("actors", "an object in a worker that everyone calls: 1, then 2", ActorsStop.RunAsync),
    ("bank", "an account that outlives its worker", BankStop.RunAsync),
    ("parameters", "a parameter server and two workers that learn a line", ParametersStop.RunAsync),
    ("philosophers", "five who wait in a circle, are told so, and then dine", PhilosophersStop.RunAsync),
    ("transfer", "two accounts, locks and money in both directions", TransferStop.RunAsync),
    ("channels", "one that takes from whichever queue has something", ChannelsStop.RunAsync),
    ("errors", "what you see when something fails", ErrorsStop.RunAsync),
];

foreach (var name in args)
{
    if (stops.FirstOrDefault(stop => stop.Name == name) is not { Name: not null } stop)
    {
        Console.Error.WriteLine($"There is no '{name}'. There are: {string.Join(", ", stops.Select(stop => stop.Name))}.");
        return 2;
    }

    await stop.Run();
}

if (args.Length == 0)
{
    Console.WriteLine("Short programs, one idea each. Their source is beside this one.\n");
    foreach (var stop in stops)
        Console.WriteLine($"  dotnet run --project examples/Tour -- {stop.Name,-12} {stop.What}");
}

return 0;
