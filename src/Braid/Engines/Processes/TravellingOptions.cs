namespace Braid.Engines.Processes;

/// <summary>What of a task's options goes from the worker that submits it to the driver; its token and its progress stay behind.</summary>
internal sealed record TravellingOptions(
    string? Name, int Retries, Func<Exception, bool>? RetryOn, TimeSpan? Timeout, int Priority, Dictionary<string, double>? Resources, int StreamBuffer)
{
    public static TravellingOptions Of(TaskOptions options) => new(
        options.NameOrFunction, options.Retries, options.RetryOn, options.Timeout, options.Priority,
        options.Resources is null ? null : new Dictionary<string, double>(options.Resources), options.StreamBuffer);

    public TaskOptions ToOptions() => new()
    {
        Name = Name,
        Retries = Retries,
        RetryOn = RetryOn,
        Timeout = Timeout,
        Priority = Priority,
        Resources = Resources,
        StreamBuffer = StreamBuffer,
    };
}
