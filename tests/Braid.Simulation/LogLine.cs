using System.Runtime.CompilerServices;

namespace Braid.Simulation;

/// <summary>A line of a world's log; costs nothing in a world that keeps none.</summary>
[InterpolatedStringHandler]
internal ref struct LogLine
{
    private DefaultInterpolatedStringHandler _text;

    public LogLine(int literalLength, int formattedCount, World world, out bool formats)
    {
        formats = world.IsLogged;
        if (formats)
            _text = new DefaultInterpolatedStringHandler(literalLength, formattedCount);
    }

    public void AppendLiteral(string text) => _text.AppendLiteral(text);

    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    public string Finish() => _text.ToStringAndClear();
}
