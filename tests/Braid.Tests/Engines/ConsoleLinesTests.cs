using Braid.Engines.Processes;

namespace Braid.Tests.Engines;

public class ConsoleLinesTests
{
    private const int Max = ConsoleLines.LineCharsMax;

    [Theory]
    [InlineData("", new string[0])]
    [InlineData("one", new[] { "one" })]
    [InlineData("one\ntwo\r\nthree\rfour\n", new[] { "one", "two", "three", "four" })]
    [InlineData("\n\r\n\ra", new[] { "", "", "", "a" })]
    public void Lines_are_those_of_a_StreamReader(string text, string[] lines)
    {
        Assert.Equal(lines, LinesOf(new StringReader(text)));
        Assert.Equal(lines, LinesOf(new OneByOne(text)));
    }

    [Theory]
    [InlineData(Max - 1, new[] { Max - 1, 3 })]
    [InlineData(Max, new[] { Max, 3 })]
    [InlineData(Max + 1, new[] { Max, 1, 3 })]
    [InlineData(2 * Max, new[] { Max, Max, 3 })]
    public void A_longer_line_comes_in_pieces(int length, int[] lengths)
    {
        foreach (var end in (string[])["\n", "\r\n", "\r"])
            Assert.Equal(lengths, LinesOf(new StringReader(new string('x', length) + end + "end")).Select(line => line.Length));
    }

    [Fact]
    public void An_empty_line_after_a_piece_is_one()
    {
        Assert.Equal([Max, 0, 1], LinesOf(new StringReader(new string('x', Max) + "\n\ny")).Select(line => line.Length));
    }

    private static List<string> LinesOf(TextReader console)
    {
        var lines = new ConsoleLines(console);
        var all = new List<string>();
        while (lines.Next() is { } line)
            all.Add(line);
        return all;
    }

    /// <summary>As a process writes that is in no hurry.</summary>
    private sealed class OneByOne(string text) : TextReader
    {
        private int _at;

        public override int Read(char[] buffer, int index, int count)
        {
            if (_at == text.Length)
                return 0;
            buffer[index] = text[_at++];
            return 1;
        }
    }
}
