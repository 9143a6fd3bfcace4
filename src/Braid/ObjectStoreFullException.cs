namespace Braid;

/// <summary>
/// A value found no room: neither shared memory nor the spill directory could take it, because a budget of
/// <see cref="ObjectStoreOptions"/> is used up or the file system is full. Nothing of the value is left behind.
/// </summary>
public class ObjectStoreFullException : BraidException
{
    /// <inheritdoc cref="BraidException()"/>
    public ObjectStoreFullException()
    {
    }

    /// <inheritdoc cref="BraidException(string)"/>
    public ObjectStoreFullException(string message) : base(message)
    {
    }

    /// <inheritdoc cref="BraidException(string, Exception)"/>
    public ObjectStoreFullException(string message, Exception? innerException) : base(message, innerException)
    {
    }

    /// <summary>How many bytes were asked for.</summary>
    public long RequestedBytes { get; internal init; }
}
