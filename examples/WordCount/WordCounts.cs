using System.Text;

namespace Braid.Examples.WordCount;

/// <summary>One word: where its letters end, which begin where those of the one before it end, and how often it was seen.</summary>
internal struct WordEntry
{
    public uint Hash;
    public int End;
    public long Count;
}

/// <summary>
/// Words and how often each was seen: what a task returns. It travels to another process as two arrays, copied as they lie, without an
/// object for a word.
/// </summary>
internal sealed class WordCounts(WordEntry[] entries, byte[] letters, long words, long bytes)
{
    private readonly WordEntry[] _entries = entries;
    private readonly byte[] _letters = letters;

    /// <summary>How many different words there are.</summary>
    public int Distinct => _entries.Length;

    /// <summary>How many words there are.</summary>
    public long Words { get; } = words;

    /// <summary>How many bytes of text were read, decompressed.</summary>
    public long Bytes { get; } = bytes;

    public ReadOnlySpan<WordEntry> Entries => _entries;

    public ReadOnlySpan<byte> WordOf(int entry)
    {
        var start = entry == 0 ? 0 : _entries[entry - 1].End;
        return _letters.AsSpan(start, _entries[entry].End - start);
    }

    /// <summary>The counts of all together.</summary>
    public static WordCounts Sum(IEnumerable<WordCounts> parts)
    {
        var table = WordTable.Rent();
        foreach (var part in parts)
            table.Add(part);

        return table.Take();
    }

    /// <summary>The most frequent words, equally frequent ones in the order of their bytes.</summary>
    public IEnumerable<(string Word, long Count)> Top(int count) =>
        Enumerable.Range(0, Distinct)
            .OrderByDescending(entry => _entries[entry].Count)
            .ThenBy(entry => Encoding.UTF8.GetString(WordOf(entry)), StringComparer.Ordinal)
            .Take(count)
            .Select(entry => (Encoding.UTF8.GetString(WordOf(entry)), _entries[entry].Count));

    public bool SameAs(WordCounts other)
    {
        var table = WordTable.Rent();
        table.Add(other);
        var same = Distinct == other.Distinct;
        for (var i = 0; i < Distinct && same; i++)
            same = table.CountOf(WordOf(i), _entries[i].Hash) == _entries[i].Count;

        table.Take();
        return same;
    }
}
