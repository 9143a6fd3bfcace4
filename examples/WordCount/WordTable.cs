using System.Runtime.CompilerServices;
using System.Text;

namespace Braid.Examples.WordCount;

/// <summary>
/// Words and how often each was seen. A word is a run of ASCII letters, digits and bytes over 127 (so UTF-8 stays whole); ASCII letters
/// count as lower case. The words lie one after the other in one array of bytes and are found through a hash table of indices, so that
/// counting makes no string and no object for a word, and a table travels to another process as four arrays.
/// </summary>
internal sealed class WordTable
{
    private struct Entry
    {
        public uint Hash;
        public int Start;
        public int Length;
        public long Count;
    }

    // What each byte counts as: 0 between words, else itself in lower case.
    private static readonly byte[] Fold = MakeFold();

    private int[] _slots = new int[4096];          // index + 1 into _entries, 0 where free; a power of two, at most half full
    private Entry[] _entries = new Entry[2048];    // the first Distinct are in use
    private byte[] _letters = new byte[16384];     // the first _lettersUsed are in use
    private int _lettersUsed;

    /// <summary>How many different words there are.</summary>
    public int Distinct { get; private set; }

    /// <summary>How many words there are.</summary>
    public long Words { get; private set; }

    /// <summary>How many bytes of text were read, decompressed.</summary>
    public long Bytes { get; private set; }

    public static bool IsPartOfWord(byte letter) => Fold[letter] != 0;

    /// <summary>
    /// Adds the words of <paramref name="text"/>, which is folded in place, and says where the last one begins if the text ends in the midst
    /// of it: it may go on. It returns the length of the text when the text ends between words.
    /// </summary>
    // Compiled fully at once: a worker is young, and this loop is all that it does.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int AddText(Span<byte> text)
    {
        var fold = Fold;
        var start = 0;
        var hash = FirstHash;
        for (var i = 0; i < text.Length; i++)
        {
            var letter = fold[text[i]];
            if (letter != 0)
            {
                text[i] = letter;
                hash = NextHash(hash, letter);
                continue;
            }

            if (i > start)
            {
                Add(text[start..i], hash, 1);
                hash = FirstHash;
            }

            start = i + 1;
        }

        Bytes += start;
        return start;
    }

    /// <summary>Adds one word that is whole and that <see cref="AddText"/> has folded.</summary>
    public void AddWord(ReadOnlySpan<byte> word)
    {
        var hash = FirstHash;
        foreach (var letter in word)
        {
            hash = NextHash(hash, letter);
        }

        Bytes += word.Length;
        Add(word, hash, 1);
    }

    /// <summary>A new table with the counts of all; none of them is changed.</summary>
    public static WordTable Sum(IEnumerable<WordTable> tables)
    {
        var sum = new WordTable();
        foreach (var table in tables)
        {
            sum.Bytes += table.Bytes;
            foreach (ref readonly var entry in table._entries.AsSpan(0, table.Distinct))
            {
                sum.Add(table.WordOf(entry), entry.Hash, entry.Count);
            }
        }

        return sum;
    }

    /// <summary>The most frequent words, equally frequent ones in the order of their bytes.</summary>
    public IEnumerable<(string Word, long Count)> Top(int count) =>
        _entries.Take(Distinct)
            .OrderByDescending(entry => entry.Count)
            .ThenBy(entry => Encoding.UTF8.GetString(WordOf(entry)), StringComparer.Ordinal)
            .Take(count)
            .Select(entry => (Encoding.UTF8.GetString(WordOf(entry)), entry.Count));

    public bool SameCountsAs(WordTable other)
    {
        foreach (ref readonly var entry in _entries.AsSpan(0, Distinct))
        {
            if (other.CountOf(WordOf(entry), entry.Hash) != entry.Count)
                return false;
        }

        return Distinct == other.Distinct;
    }

    // FNV-1a: short words, one byte at a time, as they are read.
    private const uint FirstHash = 2166136261;

    private static uint NextHash(uint hash, byte letter) => (hash ^ letter) * 16777619;

    private ReadOnlySpan<byte> WordOf(in Entry entry) => _letters.AsSpan(entry.Start, entry.Length);

    private void Add(ReadOnlySpan<byte> word, uint hash, long count)
    {
        Words += count;
        ref var slot = ref Find(word, hash);
        if (slot == 0)
            slot = Append(word, hash) + 1;

        _entries[slot - 1].Count += count;
        if (Distinct * 2 > _slots.Length)
            Rehash();
    }

    private long CountOf(ReadOnlySpan<byte> word, uint hash) => Find(word, hash) is > 0 and var slot ? _entries[slot - 1].Count : 0;

    // The slot that holds the word, or the free one where it belongs.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private ref int Find(ReadOnlySpan<byte> word, uint hash)
    {
        var mask = _slots.Length - 1;
        for (var i = (int)(hash >> 7) & mask; ; i = (i + 1) & mask)
        {
            ref var slot = ref _slots[i];
            if (slot == 0)
                return ref slot;

            ref var entry = ref _entries[slot - 1];
            if (entry.Hash == hash && WordOf(entry).SequenceEqual(word))
                return ref slot;
        }
    }

    private int Append(ReadOnlySpan<byte> word, uint hash)
    {
        if (Distinct == _entries.Length)
            Array.Resize(ref _entries, Distinct * 2);

        if (_lettersUsed + word.Length > _letters.Length)
            Array.Resize(ref _letters, Math.Max(_letters.Length * 2, _lettersUsed + word.Length));

        word.CopyTo(_letters.AsSpan(_lettersUsed));
        _entries[Distinct] = new Entry { Hash = hash, Start = _lettersUsed, Length = word.Length };
        _lettersUsed += word.Length;
        return Distinct++;
    }

    private void Rehash()
    {
        _slots = new int[_slots.Length * 2];
        for (var i = 0; i < Distinct; i++)
        {
            ref readonly var entry = ref _entries[i];
            Find(WordOf(entry), entry.Hash) = i + 1;
        }
    }

    private static byte[] MakeFold()
    {
        var fold = new byte[256];
        for (var i = 0; i < 256; i++)
        {
            var letter = (byte)i;
            fold[i] = letter >= 128 || char.IsAsciiLetterLower((char)letter) || char.IsAsciiDigit((char)letter) ? letter
                : char.IsAsciiLetterUpper((char)letter) ? (byte)(letter | 0x20)
                : (byte)0;
        }

        return fold;
    }
}
