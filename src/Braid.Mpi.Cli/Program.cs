using System.Globalization;
using System.Runtime.InteropServices;
using Braid.Mpi;

const string Help = """
    Starts the ranks of an MPI program on this machine over shared memory; no MPI needs to be installed.

      braid-mpi run -n 4 -- dotnet App.dll arguments...     the program's own arguments come after --
      braid-mpi run -n 4 ./app arguments...

    Standard input is rank 0's. Ends with exit code 0 when all ranks do, else with that of the first that failed; the others are ended then.
    The same program runs under mpirun (Open MPI) and mpiexec (MPICH, srun) without a change.
    """;

if (args is [] or ["-h"] or ["--help"] or ["run"] or ["run", "--help"])
{
    Console.WriteLine(Help);
    return args.Length == 0 || args is ["run"] ? 2 : 0;
}
if (args is not ["run", "-n" or "-np" or "--ranks", var number, .. var command]
    || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var ranks)
    || ranks is < 1 or > 256)
{
    Console.Error.WriteLine("braid-mpi: expected run -n <1 to 256> -- program arguments...; see braid-mpi --help");
    return 2;
}
if (command is ["--", ..])
{
    command = command[1..];
}
if (command.Length == 0)
{
    Console.Error.WriteLine("braid-mpi: no program to run; see braid-mpi --help");
    return 2;
}

using var ending = new CancellationTokenSource();
using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
try
{
    return await MpiLauncher.RunAsync(ranks, command[0], command[1..], ending.Token);
}
catch (OperationCanceledException)
{
    return 128 + 15;
}
catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException)
{
    Console.Error.WriteLine($"braid-mpi: {e.Message}");
    if (command[0].EndsWith(".dll", StringComparison.OrdinalIgnoreCase))
    {
        Console.Error.WriteLine($"braid-mpi: a .dll is started by dotnet: braid-mpi run -n {ranks} -- dotnet {string.Join(' ', command)}");
    }
    return 127;
}

void End(PosixSignalContext context)
{
    context.Cancel = true;
    ending.Cancel();
}
