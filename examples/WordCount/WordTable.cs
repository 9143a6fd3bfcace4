using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Braid.Examples.WordCount;

/// <summary>
/// Counts words. A word is a run of ASCII letters, digits and bytes over 127 (so UTF-8 stays whole); ASCII letters count as lower case.
/// The words lie one after the other in one array of bytes and are found through a hash table of indices, so that counting makes no
/// string and no object for a word. What was counted is <see cref="Take">taken</see>; the table is then empty and its memory is used again.
/// </summary>
internal sealed class WordTable
{
    // Between two uses: memory that was written before is much cheaper than new memory.
    private static readonly ConcurrentBag<WordTable> Spare = [];

    // What each byte counts as: 0 between words, else itself in lower case.
    private static readonly byte[] Fold = MakeFold();

    private int[] _slots = new int[16384];   // index + 1 into _entries, 0 where free; a power of two, at most half full
    private WordEntry[] _entries = new WordEntry[8192];
    private byte[] _letters = new byte[131072];
    private int _entriesUsed;
    private int _lettersUsed;
    private long _words;
    private long _bytes;

    private WordTable()
    {
    }

    /// <summary>An empty table, perhaps one whose counts were taken before.</summary>
    public static WordTable Rent() => Spare.TryTake(out var table) ? table : new WordTable();

    /// <summary>What was counted. The table is given back and must not be used any more.</summary>
    public WordCounts Take()
    {
        var counts = new WordCounts(_entries[.._entriesUsed], _letters[.._lettersUsed], _words, _bytes);
        Array.Clear(_slots);
        (_entriesUsed, _lettersUsed, _words, _bytes) = (0, 0, 0, 0);
        Spare.Add(this);
        return counts;
    }

    public static bool IsPartOfWord(byte letter) => Fold[letter] != 0;

    /// <summary>
    /// Adds the words of <paramref name="text"/>, which is folded in place, and says where the last one begins if the text ends in the midst
    /// of it: it may go on. It returns the length of the text when the text ends between words.
    /// </summary>
    // Compiled fully at once, as all that is called for each word: a worker is young, and this is all that it does.
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

        _bytes += start;
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

        _bytes += word.Length;
        Add(word, hash, 1);
    }

    /// <summary>Adds what was counted elsewhere.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(WordCounts counts)
    {
        _bytes += counts.Bytes;
        for (var i = 0; i < counts.Distinct; i++)
        {
            ref readonly var entry = ref counts.Entries[i];
            Add(counts.WordOf(i), entry.Hash, entry.Count);
        }
    }

    /// <summary>How often a word of the counts that were added was seen; 0 if never.</summary>
    public long CountOf(ReadOnlySpan<byte> word, uint hash) => Find(word, hash) is > 0 and var slot ? _entries[slot - 1].Count : 0;

    // FNV-1a: short words, one byte at a time, as they are read.
    private const uint FirstHash = 2166136261;

    private static uint NextHash(uint hash, byte letter) => (hash ^ letter) * 16777619;

    private ReadOnlySpan<byte> WordOf(int entry)
    {
        var start = entry == 0 ? 0 : _entries[entry - 1].End;
        return _letters.AsSpan(start, _entries[entry].End - start);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Add(ReadOnlySpan<byte> word, uint hash, long count)
    {
        _words += count;
        ref var slot = ref Find(word, hash);
        if (slot == 0)
            slot = Append(word, hash) + 1;

        _entries[slot - 1].Count += count;
        if (_entriesUsed * 2 > _slots.Length)
            Rehash();
    }

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

            if (_entries[slot - 1].Hash == hash && WordOf(slot - 1).SequenceEqual(word))
                return ref slot;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Append(ReadOnlySpan<byte> word, uint hash)
    {
        if (_entriesUsed == _entries.Length)
            Array.Resize(ref _entries, _entriesUsed * 2);

        if (_lettersUsed + word.Length > _letters.Length)
            Array.Resize(ref _letters, Math.Max(_letters.Length * 2, _lettersUsed + word.Length));

        word.CopyTo(_letters.AsSpan(_lettersUsed));
        _lettersUsed += word.Length;
        _entries[_entriesUsed] = new WordEntry { Hash = hash, End = _lettersUsed };
        return _entriesUsed++;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Rehash()
    {
        _slots = new int[_slots.Length * 2];
        for (var i = 0; i < _entriesUsed; i++)
        {
            Find(WordOf(i), _entries[i].Hash) = i + 1;
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
