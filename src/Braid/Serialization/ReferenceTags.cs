namespace Braid.Serialization;

/// <summary>The header of a reference: 0 null, 1 a new object of the static type, 2 a new object of the type named next, 3 + index one met before.</summary>
internal static class ReferenceTags
{
    public const byte Null = 0;
    public const byte SameType = 1;
    public const byte OtherType = 2;
    public const byte FirstSeen = 3;

    public static ulong Seen(int index) => (ulong)index + FirstSeen;
}
