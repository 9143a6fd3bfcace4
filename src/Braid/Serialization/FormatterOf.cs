namespace Braid.Serialization;

/// <summary>The formatter of a type known at compile time: one field load, and a call that the JIT can see through.</summary>
internal static class FormatterOf<T>
{
    public static readonly Formatter<T> Instance = (Formatter<T>)FormatterRegistry.For(typeof(T));
}
