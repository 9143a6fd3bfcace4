using System.Runtime.CompilerServices;

namespace Braid.Serialization.Graphs;

/// <summary>A growing set of small numbers.</summary>
internal struct BitSet
{
    private ulong[] _words = new ulong[1];

    public BitSet()
    {
    }

    /// <summary>Adds a number; false when it was there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Add(int number)
    {
        var word = number >> 6;
        if ((uint)word >= (uint)_words.Length)
            Array.Resize(ref _words, word + 1);
        var bit = 1UL << (number & 63);
        if ((_words[word] & bit) != 0)
            return false;
        _words[word] |= bit;
        return true;
    }

    public readonly void Clear() => Array.Clear(_words);
}
