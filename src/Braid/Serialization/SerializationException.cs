namespace Braid.Serialization;

/// <summary>
/// A value cannot travel, or bytes are not what they should be. On writing, the message names the path to the value
/// (<c>value.Orders[3].Log</c>), its type, why it cannot travel and what to do; on reading, what was found and expected, and at which offset.
/// </summary>
public class SerializationException : BraidException
{
    /// <inheritdoc cref="Exception()"/>
    public SerializationException()
    {
    }

    /// <inheritdoc cref="Exception(string)"/>
    public SerializationException(string message) : base(message)
    {
    }

    /// <inheritdoc cref="Exception(string, Exception)"/>
    public SerializationException(string message, Exception? innerException) : base(message, innerException)
    {
    }

    /// <summary>A value that cannot travel; whoever knows the root of the graph adds the path.</summary>
    internal SerializationException(object? offender, Type type, string reason)
        : base($"{TypeNames.Of(type)} cannot travel: {reason}")
    {
        Offender = offender;
        OffendingType = type;
        Reason = reason;
    }

    private SerializationException(string path, SerializationException found)
        : base($"{path} is a {TypeNames.Of(found.OffendingType!)}, which cannot travel: {found.Reason}", found.InnerException)
    {
        Path = path;
        Offender = found.Offender;
        OffendingType = found.OffendingType;
        Reason = found.Reason;
    }

    /// <summary>Where in the graph the value is that cannot travel, from the root on: <c>value.Orders[3].Log</c>; null on reading.</summary>
    public string? Path { get; }

    /// <summary>The type that cannot travel; null on reading.</summary>
    public Type? OffendingType { get; }

    /// <summary>Why it cannot travel and what to do, as one or two sentences; null on reading.</summary>
    internal string? Reason { get; }

    /// <summary>The very object that cannot travel, by which the path to it is found; null for values in structs.</summary>
    [field: NonSerialized]
    internal object? Offender { get; }

    internal bool WantsPath => OffendingType is not null && Path is null;

    internal SerializationException At(string path) => new(path, this);
}
