using System.Globalization;

namespace Braid;

/// <summary>Reads <c>BRAID_CLUSTER</c>: an engine's name, then options as in a query: <c>processes?workers=4&amp;slots=2</c>.</summary>
internal static class ClusterAddress
{
    public const string Variable = "BRAID_CLUSTER";

    public static ClusterOptions Apply(ClusterOptions options, string? address)
    {
        if (string.IsNullOrWhiteSpace(address))
            return options;
        var parts = address.Trim().Split('?', 2);
        options = options with { Engine = EngineOf(parts[0], address) };
        foreach (var pair in parts.Length == 2 ? parts[1].Split('&', StringSplitOptions.RemoveEmptyEntries) : [])
        {
            var setting = pair.Split('=', 2);
            if (setting.Length != 2 || !int.TryParse(setting[1], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                throw Wrong(address, $"'{pair}' is not NAME=NUMBER");
            options = setting[0] switch
            {
                "workers" => options with { Workers = number },
                "slots" => options with { SlotsPerWorker = number },
                _ => throw Wrong(address, $"'{setting[0]}' is neither 'workers' nor 'slots'"),
            };
        }

        return options;
    }

    private static Engine EngineOf(string name, string address)
    {
        foreach (var engine in (Engine[])[Engine.InProcess, Engine.Processes])
        {
            if (string.Equals(engine.Name, name, StringComparison.OrdinalIgnoreCase))
                return engine;
        }

        throw Wrong(address, $"there is no engine '{name}', only '{Engine.InProcess.Name}' and '{Engine.Processes.Name}'");
    }

    private static FormatException Wrong(string address, string why) =>
        new($"{Variable}='{address}': {why}. Write for example 'inprocess' or 'processes?workers=4&slots=2'.");
}
