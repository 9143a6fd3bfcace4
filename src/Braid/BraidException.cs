namespace Braid;

/// <summary>The base of every exception that Braid itself raises; exceptions of your own code come back as themselves.</summary>
public class BraidException : Exception
{
    /// <inheritdoc cref="Exception()"/>
    public BraidException()
    {
    }

    /// <inheritdoc cref="Exception(string)"/>
    public BraidException(string message) : base(message)
    {
    }

    /// <inheritdoc cref="Exception(string, Exception)"/>
    public BraidException(string message, Exception? innerException) : base(message, innerException)
    {
    }
}
