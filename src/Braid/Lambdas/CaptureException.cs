namespace Braid.Lambdas;

/// <summary>
/// A lambda cannot travel: because of something that it captures, whose variable, type and path the message names, or because of what it
/// is (code made at run time has no assembly that a worker could load). Raised where the lambda is submitted, before anything is sent.
/// </summary>
public class CaptureException : BraidException
{
    /// <inheritdoc cref="Exception()"/>
    public CaptureException()
    {
    }

    /// <inheritdoc cref="Exception(string)"/>
    public CaptureException(string message) : base(message)
    {
    }

    /// <inheritdoc cref="Exception(string, Exception)"/>
    public CaptureException(string message, Exception? innerException) : base(message, innerException)
    {
    }

    /// <summary>The captured variable as the source has it, with the way to what cannot travel: <c>options.Stream</c>. Null when it is the
    /// lambda itself that cannot, or when no way to it was found.</summary>
    public string? Variable { get; init; }

    /// <summary>The type of what cannot travel, or null when it is the lambda itself that cannot.</summary>
    public Type? VariableType { get; init; }

    /// <summary>The lambda's name, with its file and line where symbols allow: <c>Program.Main lambda (Program.cs:12)</c>.</summary>
    public string? Lambda { get; init; }

    /// <summary>Why its code cannot travel, for whoever finds it as a part of something else: to go on after "which cannot travel: ".</summary>
    internal string? Reason { get; init; }
}
