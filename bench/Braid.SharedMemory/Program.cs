using Braid.SharedMemory;

// A second process of this program is the worker of the end-to-end measurements.
if (args is ["--worker", var memory, var spill])
    return Worker.Run(memory, spill);

if (args is ["--help"] || !Settings.TryParse(args, out var settings))
{
    Console.WriteLine("""
        Measures how a large double[] travels from a driver through shared memory to a worker process, and the other ways that there are.

        Usage: Braid.SharedMemory [MEBIBYTES] [RUNS]
          MEBIBYTES  size of the array; 256 when not given
          RUNS       runs of each measurement, of which the median is printed; 7 when not given

        Examples:
          dotnet run -c Release --project bench/Braid.SharedMemory
          dotnet run -c Release --project bench/Braid.SharedMemory -- 64 15
        """);
    return args is ["--help"] ? 0 : 2;
}

if (!OperatingSystem.IsLinux())
{
    Console.Error.WriteLine("These measurements compare calls of Linux.");
    return 1;
}

using var measurements = new Measurements(settings);
measurements.Run();
return 0;
