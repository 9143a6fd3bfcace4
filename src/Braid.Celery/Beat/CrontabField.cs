using System.Globalization;

namespace Braid.Celery;

/// <summary>One field of a crontab: the numbers that match, as a set of bits. The grammar is that of Celery's <c>crontab_parser</c>.</summary>
internal readonly struct CrontabField
{
    private static readonly string[] Weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    private static readonly string[] Months = ["", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

    private readonly ulong _bits;

    private CrontabField(ulong bits, bool isFull)
    {
        _bits = bits;
        IsFull = isFull;
    }

    /// <summary>Every number matches.</summary>
    internal bool IsFull { get; }

    internal bool Contains(int number) => (_bits >> number & 1) != 0;

    /// <summary>The smallest member that is at least this; -1 when there is none.</summary>
    internal int AtLeast(int number)
    {
        if (number > 63) return -1;
        var rest = _bits >> number;
        return rest == 0 ? -1 : number + System.Numerics.BitOperations.TrailingZeroCount(rest);
    }

    internal static CrontabField Parse(string name, string text, int min, int max)
    {
        ArgumentNullException.ThrowIfNull(text, name);
        var bits = 0UL;
        foreach (var part in text.Split(','))
            foreach (var number in Part(name, text, part.Trim(), min, max)) bits |= 1UL << number;
        return new(bits, System.Numerics.BitOperations.PopCount(bits) == max - min + 1);
    }

    private static List<int> Part(string name, string text, string part, int min, int max)
    {
        var slash = part.IndexOf('/', StringComparison.Ordinal);
        var (range, step) = slash < 0 ? (part, null) : (part[..slash], part[(slash + 1)..]);
        var numbers = new List<int>();
        if (range == "*")
        {
            for (var i = min; i <= max; i++) numbers.Add(i);
        }
        else if (range.IndexOf('-', StringComparison.Ordinal) is var dash and > 0)
        {
            int from = Number(range[..dash]), to = Number(range[(dash + 1)..]);
            // A range may pass the end: fri-mon, 22-2.
            for (var i = from; i != to; i = i == max ? min : i + 1) numbers.Add(i);
            numbers.Add(to);
        }
        else if (step is not null) throw Fault($"'{part}' has a step but no range");
        else numbers.Add(Number(range));
        if (step is null) return numbers;
        if (!int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var every) || every < 1)
            throw Fault($"the step of '{part}' is not a number of at least 1");
        return [.. numbers.Where((_, i) => i % every == 0)];

        int Number(string token)
        {
            if (!int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                // As Celery: the first three letters count, "monday" is "mon". Months have names since Celery 5.5.
                var names = max == 12 ? Months : Weekdays;
                number = token.Length < 3 ? -1 : Array.FindIndex(names, n => token[..3].Equals(n, StringComparison.OrdinalIgnoreCase));
                if (number < 0) throw Fault($"'{token}' is neither a number nor a {(max == 12 ? "month" : "weekday")}");
            }
            if (number < min || number > max) throw Fault($"{number} is not between {min} and {max}");
            return number;
        }

        FormatException Fault(string what) => new($"The crontab field {name} is '{text}': {what}. Expected are \"*\", numbers, ranges and steps, as \"*/15\" or \"1,13,30-45,50-59/2\".");
    }
}
