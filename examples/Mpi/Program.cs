using System.Globalization;
using Braid.Mpi;
using MpiExamples;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
(string Name, int Ranks, string What, Func<Communicator, Task> Run)[] examples =
[
    ("hello", 1, "every rank says who it is", HelloExample.RunAsync),
    ("dictionary", 2, "a dictionary of values goes from rank 0 to rank 1", DictionaryExample.RunAsync),
    ("buffer", 2, "100 ints go as a buffer, which is never copied on the way", BufferExample.RunAsync),
    ("vectors", 2, "two vectors of 1,000,000 doubles go to rank 1, which adds them and sends the sum back", VectorsExample.RunAsync),
    ("pi", 1, "each rank sums up its share of an integral, and all get the whole", PiExample.RunAsync),
    ("heat", 1, "a plate on a grid of ranks that exchange their edges, checked and drawn to heat.png", HeatExample.RunAsync),
];

if (args is [] or ["--help" or "-h"])
{
    if (Mpi.World.Rank == 0)
    {
        Console.WriteLine("""
            Short programs, one idea each. Their source is beside this one. Start any of them, or several, by

              mpirun -n 4 mpi-examples NAME...              with Open MPI or MPICH
              braid-mpi run -n 4 -- mpi-examples NAME...    with no MPI installed
              mpi-examples NAME...                          alone; where one rank is too few it starts more

            """);
        foreach (var example in examples)
            Console.WriteLine($"  {example.Name,-12} {example.What}");
    }

    return 0;
}

var world = Mpi.World;
foreach (var name in args)
{
    if (examples.FirstOrDefault(example => example.Name == name) is not { Name: not null } example)
    {
        if (world.Rank == 0)
            Console.Error.WriteLine($"There is no '{name}'. There are: {string.Join(", ", examples.Select(example => example.Name))}.");
        return 2;
    }

    if (world.Size >= example.Ranks)
        await example.Run(world);
    // The first of the command line is this program.
    else if (await MpiLauncher.RunAsync(example.Ranks, "dotnet", [Environment.GetCommandLineArgs()[0], name]) is not 0 and var code)
        return code;
}

return 0;
