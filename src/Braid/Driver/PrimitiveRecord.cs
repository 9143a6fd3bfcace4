using Braid.Coordination;
using Braid.Execution;

namespace Braid.Driver;

/// <summary>
/// What the references to a primitive count: to the scheduler a value that was put, so a task that captures the handle depends on nothing more. The
/// primitive itself hangs on the records, and goes when nothing can reach them.
/// </summary>
internal sealed class PrimitiveRecord : TaskRecord
{
    public PrimitiveRecord(DriverBackend driver, long id) : base(driver, id, TaskOptions.Default) => Payload = Payload.Empty;

    /// <summary>Null where the name belongs to a primitive of another kind: <see cref="WhyNot"/> says so. Set while the inbox is drained.</summary>
    public Primitive? Primitive { get; set; }

    public string? WhyNot { get; set; }

    /// <summary>Opened by the first handle in this process.</summary>
    public Reach Reach { get; } = new();

    public override TRead Read<TRead>() => throw new InvalidOperationException("A primitive has no value: it is asked by its handle.");

    public override void Accept(object? result)
    {
    }
}
