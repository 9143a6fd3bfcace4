namespace Braid.Execution;

/// <summary>A result that did not leave the process.</summary>
internal sealed class LocalResult<T>(T value)
{
    public T Value { get; } = value;
}
