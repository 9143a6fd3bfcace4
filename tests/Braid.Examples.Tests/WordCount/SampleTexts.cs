using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace Braid.Tests.WordCount;

/// <summary>Files of all the kinds that the word count must get right, and an independent count of their words.</summary>
internal sealed class SampleTexts : IDisposable
{
    private static readonly string[] Words =
        ["the", "The", "THREAD", "braid", "Größe", "слово", "x", "a1", "2026", "don't", "extraordinarily-long-compound", "e.g.", "línea"];

    private readonly TemporaryFolder _folder = new();
    private readonly StringBuilder _all = new();

    public SampleTexts(int seed)
    {
        var random = new Random(seed);
        Add("large.txt", Text(random, 9_000_000));          // cut into three
        Add("middle/one.txt", Text(random, 300_000));
        Add("middle/two.txt.gz", Text(random, 5_000_000));  // decompressed in several buffers
        Add("middle/deep/three.md", Text(random, 10));
        Add("empty.txt", "");
        Add("ends in a word.txt", "no newline at the end");
        Add("one run.txt", new string('z', 5_000));
    }

    public string Folder => _folder.Path;

    public string PathOf(string name) => _folder.PathOf(name);

    /// <summary>Every word and its count, by a regular expression over all of the text.</summary>
    public IReadOnlyDictionary<string, long> Counts() => CountsOf(_all.ToString());

    public static IReadOnlyDictionary<string, long> CountsOf(string text) =>
        Regex.Matches(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text)), "[0-9A-Za-z\u0080-\u00ff]+")
            .Select(match => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(match.Value)))
            .Select(word => string.Concat(word.Select(letter => char.IsAsciiLetterUpper(letter) ? char.ToLowerInvariant(letter) : letter)))
            .CountBy(word => word)
            .ToDictionary(pair => pair.Key, pair => (long)pair.Value);

    public void Dispose() => _folder.Dispose();

    private static string Text(Random random, int letters)
    {
        var text = new StringBuilder();
        while (text.Length < letters)
        {
            text.Append(Words[random.Next(Words.Length)]).Append(random.Next(3) == 0 ? random.Next(5000) : "")
                .Append(random.Next(10) == 0 ? ".\n" : " ");
        }

        return text.ToString();
    }

    private void Add(string name, string text)
    {
        _all.Append(text).Append('\n');
        var path = _folder.Write(name, text);
        if (name.EndsWith(".gz", StringComparison.Ordinal))
        {
            using var file = new GZipStream(File.Create(path), CompressionLevel.Fastest);
            file.Write(Encoding.UTF8.GetBytes(text));
        }
    }
}
