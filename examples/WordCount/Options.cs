using System.Globalization;

namespace Braid.Examples.WordCount;

/// <summary>What the command line says.</summary>
internal sealed record Options(IReadOnlyList<string> Inputs, int? Workers, int Top, bool InProcess, bool Help)
{
    public const string HelpText = """
        Counts words on a local cluster of worker processes.

        Usage: WordCount [options] [PATH or GLOB]...

          PATH            a file, plain or .gz, or a directory with all that is in it
          GLOB            * and ? within a name, **/ for any directories; put it in quotes
                          (none: the XML documentation of the installed SDK's reference packs)

          --workers N     worker processes (default: one per processor)
          --top N         how many words to show (default: 10)
          --in-process    threads of this process instead of worker processes
          --help          this text

        Examples:
          dotnet run -c Release --project examples/WordCount
          dotnet run -c Release --project examples/WordCount -- --top 20 README.md 'docs/**/*.md'
          dotnet run -c Release --project examples/WordCount -- --workers 8 /var/log
        """;

    /// <exception cref="FormatException">The message says which argument is wrong.</exception>
    public static Options Parse(string[] arguments)
    {
        var options = new Options([], null, 10, false, false);
        for (var i = 0; i < arguments.Length; i++)
        {
            options = arguments[i] switch
            {
                "--help" or "-h" or "-?" => options with { Help = true },
                "--in-process" => options with { InProcess = true },
                "--workers" => options with { Workers = Number(arguments, ++i, max: 1024) },
                "--top" => options with { Top = Number(arguments, ++i, max: 1_000_000) },
                ['-', ..] unknown => throw new FormatException($"There is no option '{unknown}'."),
                var input => options with { Inputs = [.. options.Inputs, input] },
            };
        }

        return options;
    }

    private static int Number(string[] arguments, int index, int max) =>
        index < arguments.Length && int.TryParse(arguments[index], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= 1 && number <= max
                ? number
                : throw new FormatException($"{arguments[index - 1]} takes a number from 1 to {max}.");
}
