namespace Braid.Serialization;

/// <summary>The header of a string: 0 null, 1 a string met before, else 2 + (length in chars &lt;&lt; 1 | wide).</summary>
internal static class StringTags
{
    public const byte Null = 0;
    public const byte Shared = 1;

    /// <summary>Strings from this length on are written once a payload; looking up shorter ones costs more than their bytes.</summary>
    public const int SharedFromChars = 128;

    public static ulong Header(int length, bool wide) => 2 + (((ulong)(uint)length << 1) | (wide ? 1u : 0u));
}
