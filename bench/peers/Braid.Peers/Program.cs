using System.Globalization;
using Braid.Peers;

// Measures one work in Braid and prints one line of JSON, as the scripts in ../python do for Python's systems:
//   Braid.Peers WORK SYSTEM [--workers 2] [--count N]
// SYSTEM is `braid` (worker processes), `braid-inprocess`, or a variant that the work knows.
if (args.Length < 2)
{
    Console.Error.WriteLine($"Usage: Braid.Peers WORK SYSTEM [--workers 2] [--count N], with WORK one of {string.Join(", ", Works.All.Keys)}");
    return 2;
}

int? Number(string option) => Array.IndexOf(args, option) is >= 0 and var index ? int.Parse(args[index + 1], CultureInfo.InvariantCulture) : null;

await Works.All[args[0]](new Arguments(args[1], Number("--workers") ?? 2, Number("--count")));
return 0;
