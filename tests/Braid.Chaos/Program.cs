using System.Globalization;
using Braid.Chaos;

const string Usage = """
    Real worker processes under real kills.

      dotnet run -c Release --project tests/Braid.Chaos -- [--seconds 60] [--seed N]   work of every kind while workers are killed
      dotnet run -c Release --project tests/Braid.Chaos -- --soak [TASKS]              10,000,000 small tasks: does the driver's memory grow?
      dotnet run -c Release --project tests/Braid.Chaos -- --recovery [ROUNDS]         from a SIGKILL to the result of the next attempt
    """;

switch (args)
{
    case []:
        return await ChaosRun.RunAsync(TimeSpan.FromSeconds(60), Random.Shared.Next());
    case ["--seconds", var seconds]:
        return await ChaosRun.RunAsync(TimeSpan.FromSeconds(Number(seconds)), Random.Shared.Next());
    case ["--seconds", var seconds, "--seed", var seed]:
        return await ChaosRun.RunAsync(TimeSpan.FromSeconds(Number(seconds)), Number(seed));
    case ["--soak"]:
        return await Soak.RunAsync(10_000_000);
    case ["--soak", var tasks]:
        return await Soak.RunAsync(Number(tasks));
    case ["--recovery"]:
        return await Recovery.RunAsync(20);
    case ["--recovery", var rounds]:
        return await Recovery.RunAsync(Number(rounds));
    default:
        Console.Error.WriteLine(Usage);
        return args is ["--help"] ? 0 : 2;
}

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
