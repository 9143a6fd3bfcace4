namespace Braid.Celery.Wire;

/// <summary>Puts quotes around the bare <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c> that Python writes outside strings.</summary>
internal static class NonFinite
{
    internal static byte[]? TryQuote(ReadOnlySpan<byte> json)
    {
        if (json.IndexOf("NaN"u8) < 0 && json.IndexOf("Infinity"u8) < 0) return null;
        using var output = new PooledWriter(json.Length + 64);
        var inString = false;
        for (var i = 0; i < json.Length; i++)
        {
            var rest = json[i..];
            var word = inString ? 0 : rest.StartsWith("NaN"u8) ? 3 : rest.StartsWith("Infinity"u8) ? 8 : rest.StartsWith("-Infinity"u8) ? 9 : 0;
            if (word > 0)
            {
                output.Write("\""u8);
                output.Write(rest[..word]);
                output.Write("\""u8);
                i += word - 1;
                continue;
            }
            if (inString && json[i] == '\\' && i + 1 < json.Length)
            {
                output.Write(json.Slice(i++, 2));
                continue;
            }
            if (json[i] == '"') inString = !inString;
            output.Write(json.Slice(i, 1));
        }
        return output.ToArray();
    }
}
