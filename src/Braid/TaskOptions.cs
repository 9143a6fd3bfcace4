using Braid.Lambdas;

namespace Braid;

/// <summary>How one task is to run. Immutable: change it with <c>with</c>.</summary>
public sealed record TaskOptions
{
    /// <summary>Names are for people to read, and travel with every attempt.</summary>
    private const int NameLengthMax = 1024;

    /// <summary>What a task without options gets.</summary>
    public static TaskOptions Default { get; } = new();

    /// <summary>Shown in errors, logs and traces; at most 1,024 characters. Default: where the lambda stands in the source.</summary>
    public string? Name { get; init; }

    /// <summary>
    /// How often the task may run again: after its worker died, and after an exception that <see cref="RetryOn"/> accepts. Default 3;
    /// from 0 to 1000. With 0 it runs at most once, unless its worker is
    /// ended by force because of another task.
    /// </summary>
    public int Retries { get; init; } = 3;

    /// <summary>Which exceptions of the task's own are worth another run; asked in the driver. Default: none.</summary>
    public Func<Exception, bool>? RetryOn { get; init; }

    /// <summary>
    /// How long one attempt may run. After it the task's token is signalled; if it has not ended <see cref="ClusterOptions.CancelGrace"/>
    /// later its worker process is ended. The task fails with <see cref="TimeoutException"/>. Default: no limit.
    /// </summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>
    /// Higher ones start first, equal ones in the order submitted, also where lower ones were sent to a worker already and have not begun. Default 0.
    /// </summary>
    public int Priority { get; init; }

    /// <summary>
    /// What the task occupies on its worker while it runs: <c>cores</c>, <c>memory</c> (bytes) or names of your own, as given in
    /// <see cref="ClusterOptions.Resources"/>; fractions down to 0.0001. They are counted, not enforced; more than any worker has is an
    /// error at once. Default: one core, a slot.
    /// </summary>
    public IReadOnlyDictionary<string, double>? Resources { get; init; }

    /// <summary>Cancels the task (not by force) when signalled. Default: none.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>
    /// Receives what the task reports by <see cref="TaskContext.ReportProgress"/>. An exception of it is told as an event of the source <c>Braid</c>, and
    /// the task goes on. Default: nobody.
    /// </summary>
    public IProgress<double>? Progress { get; init; }

    /// <summary>For <c>Stream</c>: how many items may be under way between producer and consumer. Default 64; from 1 to 65,536.</summary>
    public int StreamBuffer { get; init; } = 64;

    /// <summary>The function of the user's that the task is there for, where its lambda is Braid's own. Default: none.</summary>
    internal Delegate? Function { get; init; }

    /// <summary>What the task is called, given or by its function; null where it is called after its lambda. Reads symbols on its first use.</summary>
    internal string? NameOrFunction => Name ?? (Function is null ? null : Lambda.Of(Function).Name);

    private static readonly Dictionary<string, double> NoResources = [];

    internal void Check()
    {
        if (Retries is < 0 or > 1000)
            throw new ArgumentOutOfRangeException(nameof(Retries), Retries, "Retries must be from 0 to 1000.");
        if (Timeout is { } timeout && timeout <= TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(Timeout), timeout, "Timeout must be positive, or null for none.");
        if (StreamBuffer is < 1 or > 65_536)
            throw new ArgumentOutOfRangeException(nameof(StreamBuffer), StreamBuffer, "StreamBuffer must be from 1 to 65,536 items.");
        if (Name is { Length: > NameLengthMax })
            throw new ArgumentOutOfRangeException(nameof(Name), Name.Length, $"Name must be at most {NameLengthMax} characters long.");
        foreach (var (name, amount) in Resources ?? NoResources)
            Driver.ResourceUnits.Of(name, amount);
    }
}
