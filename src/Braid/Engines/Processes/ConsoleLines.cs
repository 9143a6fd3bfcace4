using System.Text;

namespace Braid.Engines.Processes;

/// <summary>
/// The lines of a process's console, as they are written. One that is longer than <see cref="LineCharsMax"/> comes in pieces: a process that never
/// ends its line must not fill the memory of whoever reads it.
/// </summary>
internal sealed class ConsoleLines(TextReader console)
{
    public const int LineCharsMax = 64 << 10;

    private readonly char[] _buffer = new char[4096];
    private readonly StringBuilder _line = new();
    private int _start;
    private int _end;

    /// <summary>A carriage return ended the last line, so a line feed right after it ends no other.</summary>
    private bool _returned;

    /// <summary>The last piece was as long as pieces are, so an end right after it is its own.</summary>
    private bool _cut;

    /// <summary>Waits for the next line: null at the end, after the last one, ended or not.</summary>
    public string? Next()
    {
        while (Fill())
        {
            var text = _buffer.AsSpan(_start.._end);
            if (_returned && text[0] == '\n')
            {
                _start++;
                _returned = false;
                continue;
            }

            _returned = false;
            var room = LineCharsMax - _line.Length;
            var length = text.IndexOfAny('\r', '\n');
            if (length < 0 || length > room)
            {
                length = Math.Min(text.Length, room);
                _line.Append(text[..length]);
                _start += length;
                if (length < room)
                    continue;
                _cut = true;
                return Take();
            }

            _returned = text[length] == '\r';
            _line.Append(text[..length]);
            _start += length + 1;
            if (_cut && _line.Length == 0)
            {
                _cut = false;
                continue;
            }

            _cut = false;
            return Take();
        }

        return _line.Length == 0 ? null : Take();
    }

    private bool Fill()
    {
        if (_start < _end)
            return true;
        _start = 0;
        _end = console.Read(_buffer);
        return _end > 0;
    }

    private string Take()
    {
        var line = _line.ToString();
        _line.Clear();
        return line;
    }
}
