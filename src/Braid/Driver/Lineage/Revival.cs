using Braid.Execution;

namespace Braid.Driver.Lineage;

/// <summary>
/// Gives a record whose value is lost what it takes to make it again: its own task, and new records in place of what that task was made from
/// and was let go meanwhile. Nothing is entered in the scheduler here; while the inbox is drained.
/// </summary>
internal sealed class Revival(Func<TaskOptions, TaskRecord> make)
{
    private readonly Stack<Step> _steps = new();

    /// <summary>New records, each after those that it depends on: to be put where they have a value, and to be submitted else.</summary>
    public List<TaskRecord> Made { get; } = [];

    /// <summary>Null when the record can run again, or why it cannot: to be put after "it is lost".</summary>
    public string? Prepare(TaskRecord lost)
    {
        if (lost.Role is not null)
            return "It is what a call of an actor returned, and a call that has ended is not made again.";
        if (lost.Lineage is not { } lineage)
            return "It was put, and a value that was put cannot be rebuilt: put it again.";
        if (lineage.Entry.IsEvicted)
            return Forgotten(lineage.Entry);
        if (lost.RetriesLeft == 0)
            return NoRetries(lineage.Entry);
        Begin(lineage, lost);
        while (_steps.TryPeek(out var step))
        {
            if (step.Next == step.Found.Length)
            {
                _steps.Pop();
                Finish(step, isNew: step.Record != lost);
            }
            else if (Find(step) is { } why)
            {
                return why;
            }
        }

        return null;
    }

    private void Begin(Lineage lineage, TaskRecord record)
    {
        record.Lineage = lineage;
        lineage.Record.SetTarget(record);
        _steps.Push(new Step(record, lineage.Entry));
    }

    /// <summary>The next thing that the task was made from; or why it cannot be had.</summary>
    private string? Find(Step step)
    {
        var (weak, lineage) = step.Entry.Sources[step.Next];
        if (lineage is not null && lineage.Record.TryGetTarget(out var record))
        {
            step.Found[step.Next++] = record;
            return null;
        }

        if (weak.TryGetTarget(out var state))
        {
            step.Found[step.Next++] = state;
            return null;
        }

        if (lineage is null)
            return $"Task '{step.Entry.Name}' would have to run again for it, and depends on a value that was put, or on an actor, which has been let go since: keep a reference to it.";
        if (lineage.Entry.IsEvicted)
            return Forgotten(lineage.Entry);
        if (lineage.Entry is { Spec: not null, RetriesLeft: 0 })
            return NoRetries(lineage.Entry);
        var made = make(lineage.Entry.Options);
        made.RetriesLeft = Math.Max(0, lineage.Entry.RetriesLeft - 1);
        step.Found[step.Next++] = made;
        Begin(lineage, made);
        return null;
    }

    private void Finish(Step step, bool isNew)
    {
        var record = step.Record;
        if (step.Entry.Value is { } value)
        {
            record.Accept(step.Found.Length == 0 ? value : value.With(step.Found));
        }
        else
        {
            record.Restore(step.Found.Length == 0 ? step.Entry.Spec! : step.Entry.Spec!.With(step.Found));
            record.Dependencies = [.. step.Found.OfType<TaskRecord>().Distinct()];
        }

        if (isNew)
            Made.Add(record);
    }

    private static string Forgotten(LineageEntry entry) =>
        $"How task '{entry.Name}' made it is not remembered any more: ClusterOptions.LineageBytesMax bounds that. Raise it, or keep fewer values.";

    private static string NoRetries(LineageEntry entry) =>
        $"Task '{entry.Name}' would have to run again for it, and has no retries left (TaskOptions.Retries is {entry.Options.Retries}).";

    /// <summary>A record on its way back: what it was made from is looked for in order.</summary>
    private sealed class Step(TaskRecord record, LineageEntry entry)
    {
        public TaskRecord Record => record;

        public LineageEntry Entry => entry;

        public IObjectState[] Found { get; } = new IObjectState[entry.Sources.Length];

        public int Next { get; set; }
    }
}
