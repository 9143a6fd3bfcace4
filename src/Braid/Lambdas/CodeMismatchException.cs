namespace Braid.Lambdas;

/// <summary>
/// A lambda came from code that this process does not have: another build of the same assembly, or an assembly that is not part of the
/// application here. Lambdas are named by their place in the compiled code, so both sides must run the same build.
/// </summary>
public class CodeMismatchException : BraidException
{
    /// <inheritdoc cref="Exception()"/>
    public CodeMismatchException()
    {
    }

    /// <inheritdoc cref="Exception(string)"/>
    public CodeMismatchException(string message) : base(message)
    {
    }

    /// <inheritdoc cref="Exception(string, Exception)"/>
    public CodeMismatchException(string message, Exception? innerException) : base(message, innerException)
    {
    }

    /// <summary>The simple name of the assembly.</summary>
    public string? AssemblyName { get; init; }

    /// <summary>The module version id of the sender's build.</summary>
    public Guid SentMvid { get; init; }

    /// <summary>The module version id of the build that is here; null where the assembly is missing.</summary>
    public Guid? FoundMvid { get; init; }
}
