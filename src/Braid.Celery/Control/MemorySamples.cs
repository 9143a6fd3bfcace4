using System.Globalization;
using System.Text;

namespace Braid.Celery.Control;

/// <summary>What <c>memsample</c> measures and <c>memdump</c> tells: the resident memory of this process, in Celery's form for people (36.812MB).</summary>
internal sealed class MemorySamples
{
    /// <summary>Samples that nobody has asked for yet; the oldest are forgotten.</summary>
    private const int Limit = 1_000;

    private const int Told = 10;

    // Commands are answered one after the other, so nothing guards it.
    private readonly List<string> _samples = [];

    internal string Take()
    {
        var now = Humanize(Environment.WorkingSet);
        if (_samples.Count == Limit) _samples.RemoveAt(0);
        _samples.Add(now);
        return now;
    }

    /// <summary>The samples since the last time, ten of them evenly spread where there are more, and what is left after a collection.</summary>
    internal string Dump()
    {
        var step = _samples.Count <= Told ? 1 : _samples.Count / Told;
        var told = _samples.Where((_, n) => n % step == 0).Take(Told).ToList();
        _samples.Clear();
        GC.Collect();
        var text = new StringBuilder();
        if (told.Count > 0) text.Append("- rss (sample):\n");
        foreach (var sample in told) text.Append(CultureInfo.InvariantCulture, $"-    > {sample},\n");
        return text.Append(CultureInfo.InvariantCulture, $"- rss (end): {Humanize(Environment.WorkingSet)}.\n").ToString();
    }

    private static string Humanize(long bytes)
    {
        foreach (var (unit, size) in (ReadOnlySpan<(string, double)>)[("TB", 1L << 40), ("GB", 1L << 30), ("MB", 1L << 20), ("KB", 1L << 10)])
            if (bytes >= size) return (bytes / size).ToString("G5", CultureInfo.InvariantCulture) + unit;
        return bytes.ToString(CultureInfo.InvariantCulture) + "b";
    }
}
