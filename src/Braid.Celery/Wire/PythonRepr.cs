using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Braid.Celery.Wire;

/// <summary>
/// Python's <c>repr()</c> of arguments and results, which Celery puts in <c>argsrepr</c>, <c>kwargsrepr</c> and events for people to read.
/// Cut at <see cref="MaxLength"/> characters, as Celery cuts.
/// </summary>
internal static class PythonRepr
{
    internal const int MaxLength = 1024;

    internal static string Tuple(IReadOnlyList<object?> values)
    {
        var text = new StringBuilder("(");
        AppendItems(text, values);
        if (values.Count == 1) text.Append(',');
        return Cut(text.Append(')'));
    }

    internal static string Of(object? value)
    {
        var text = new StringBuilder();
        Append(text, value);
        return Cut(text);
    }

    private static string Cut(StringBuilder text) => text.Length <= MaxLength ? text.ToString() : text.ToString(0, MaxLength - 3) + "...";

    private static void AppendItems(StringBuilder text, IEnumerable values)
    {
        var first = true;
        foreach (var item in values)
        {
            if (!first) text.Append(", ");
            first = false;
            Append(text, item);
            if (text.Length > MaxLength) return;
        }
    }

    private static void Append(StringBuilder text, object? value)
    {
        switch (value)
        {
            case null: text.Append("None"); break;
            case bool flag: text.Append(flag ? "True" : "False"); break;
            case string s: AppendString(text, s); break;
            case char c: AppendString(text, c.ToString()); break;
            case double or float: text.Append(Float(Convert.ToDouble(value, CultureInfo.InvariantCulture))); break;
            case sbyte or byte or short or ushort or int or uint or long or ulong or BigInteger:
                text.Append(((IFormattable)value).ToString(null, CultureInfo.InvariantCulture)); break;
            case decimal number: text.Append("Decimal('").Append(number.ToString(CultureInfo.InvariantCulture)).Append("')"); break;
            case Guid id: text.Append("UUID('").Append(id.ToString("D")).Append("')"); break;
            case DateTimeOffset time: text.Append('\'').Append(PythonTime.Format(time)).Append('\''); break;
            case DateTime time: text.Append('\'').Append(PythonTime.Format(time)).Append('\''); break;
            case byte[] bytes: text.Append("b'").Append(Convert.ToHexStringLower(bytes.AsSpan(0, Math.Min(bytes.Length, MaxLength)))).Append('\''); break;
            case Signature signature: Append(text, signature.ToWire()); break;
            case IDictionary map: AppendMap(text, map); break;
            case IEnumerable items:
                text.Append('[');
                AppendItems(text, items);
                text.Append(']');
                break;
            default: text.Append(value); break;
        }
    }

    private static void AppendMap(StringBuilder text, IDictionary map)
    {
        text.Append('{');
        var first = true;
        foreach (DictionaryEntry entry in map)
        {
            if (!first) text.Append(", ");
            first = false;
            Append(text, entry.Key);
            text.Append(": ");
            Append(text, entry.Value);
            if (text.Length > MaxLength) return;
        }
        text.Append('}');
    }

    internal static string Float(double number)
    {
        if (double.IsNaN(number)) return "nan";
        if (double.IsInfinity(number)) return number > 0 ? "inf" : "-inf";
        var magnitude = Math.Abs(number);
        if (magnitude is >= 1e16 or < 1e-4 && number != 0)
        {
            // .NET writes 1E+300 and 1E-05, Python 1e+300 and 1e-05: both pad the exponent to two digits. Up to 1e17 .NET spells it out.
            var digits = number.ToString("R", CultureInfo.InvariantCulture);
            if (digits.Contains('E', StringComparison.Ordinal)) return digits.Replace('E', 'e');
            return number.ToString("0.################e+00", CultureInfo.InvariantCulture);
        }
        var text = number.ToString("0.0################", CultureInfo.InvariantCulture);
        var shortest = number.ToString("R", CultureInfo.InvariantCulture);
        return shortest.Contains('E', StringComparison.Ordinal) ? text : shortest.Contains('.', StringComparison.Ordinal) ? shortest : shortest + ".0";
    }

    internal static string String(string value)
    {
        var text = new StringBuilder(value.Length + 2);
        AppendString(text, value);
        return text.ToString();
    }

    private static void AppendString(StringBuilder text, string value)
    {
        var quote = value.Contains('\'', StringComparison.Ordinal) && !value.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        text.Append(quote);
        foreach (var c in value.AsSpan(0, Math.Min(value.Length, MaxLength)))
        {
            switch (c)
            {
                case '\\': text.Append("\\\\"); break;
                case '\n': text.Append("\\n"); break;
                case '\r': text.Append("\\r"); break;
                case '\t': text.Append("\\t"); break;
                case < ' ' or (>= '\x7f' and <= '\xa0'): text.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"); break;
                default:
                    if (c == quote) text.Append('\\');
                    text.Append(c);
                    break;
            }
        }
        text.Append(quote);
    }
}
