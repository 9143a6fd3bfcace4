namespace Braid.Driver;

/// <summary>The consumer's end of a task that yields items. Called while the inbox is drained.</summary>
internal interface IStreamSink
{
    /// <param name="item">A <see cref="Execution.Payload"/> or a <see cref="Execution.LocalResult{T}"/>.</param>
    void Push(object item);

    /// <summary>The consumer has taken so many.</summary>
    void Consumed(int count);

    void End(Exception? error);
}
