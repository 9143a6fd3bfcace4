namespace Braid;

/// <summary>One line that a worker wrote to its console; one of more than 65,536 characters comes in pieces of so many.</summary>
/// <param name="WorkerId">Which worker.</param>
/// <param name="Line">The line, without its end.</param>
/// <param name="IsError">Whether it came from standard error.</param>
public readonly record struct WorkerOutput(int WorkerId, string Line, bool IsError);
