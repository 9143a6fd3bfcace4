using Braid.Scheduling;

namespace Braid.Tests.Scheduling;

internal sealed class TestTask : TaskNode
{
    public bool NoValue { get; set; }

    public override bool HasValue => !NoValue;
}

internal sealed class TestWorker : WorkerNode
{
    public bool IsThread { get; set; }

    public override bool CanBeKilled => !IsThread;
}

/// <summary>A scheduler, the tasks and workers of one test, and the commands of the last event. Every event is followed by validation.</summary>
internal sealed class TestCluster(SchedulerOptions? options = null)
{
    private readonly List<TaskNode> _tasks = [];
    private long _taskId;
    private int _workerId;

    public Scheduler Scheduler { get; } = new(options ?? new SchedulerOptions());

    /// <summary>The commands of the last event.</summary>
    public List<Command> Commands { get; } = [];

    public TestWorker Worker(int slots = 1, params ResourceAmount[] resources) =>
        Worker(new TestWorker { Slots = slots, Resources = resources });

    public TestWorker Worker(TestWorker worker)
    {
        worker.Id = ++_workerId;
        Do(() => Scheduler.WorkerJoined(worker));
        return worker;
    }

    public TestTask Submit(params TaskNode[] dependencies) => Submit(_ => { }, dependencies);

    public TestTask Submit(Action<TestTask> configure, params TaskNode[] dependencies)
    {
        var task = new TestTask { Id = ++_taskId, Dependencies = dependencies };
        configure(task);
        _tasks.Add(task);
        Do(() => Scheduler.Submit(task));
        return task;
    }

    public TestTask Put()
    {
        var task = new TestTask { Id = ++_taskId };
        _tasks.Add(task);
        Do(() => Scheduler.Put(task));
        return task;
    }

    public void Complete(TaskNode task, long elapsedMicroseconds = 1_000) =>
        Do(() => Scheduler.Completed(task.Worker!, task.Id, task.Attempt, elapsedMicroseconds));

    public void Block(TaskNode task, params TaskNode[] waits) =>
        Do(() => Scheduler.Block(task.Worker!, task.Id, task.Attempt, waits, waits.Length));

    public void Do(Action change)
    {
        Commands.Clear();
        change();
        Commands.AddRange(Scheduler.Commands);
        Scheduler.Commands.Clear();
        Scheduler.Validate(_tasks);
    }

    public bool Commanded(CommandKind kind, TaskNode? task = null) =>
        Commands.Exists(command => command.Kind == kind && (task is null || command.Task == task));
}
