using Braid.Coordination;

namespace Braid.Driver;

/// <summary>An attempt of a task, as one that holds and waits.</summary>
internal sealed class TaskHolder(TaskRecord task, int attempt, WorkerLink link) : Holder
{
    public TaskRecord Task => task;

    public int Attempt => attempt;

    public WorkerLink Link => link;

    public override string ToString() => $"task {task.Id} '{task.Name}' on worker {link.Id}";
}
