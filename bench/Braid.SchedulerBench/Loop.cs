using Braid.Scheduling;

internal sealed class BenchTask : TaskNode;

internal sealed class BenchBody : MachineTask;

internal sealed class BenchWorker : WorkerNode
{
    public Queue<(long Id, int Attempt)> Inbox { get; } = new();
}

/// <summary>The smallest shell there can be: commands go into a queue per worker, and each task completes as soon as its turn comes.</summary>
internal static class Loop
{
    private static readonly ResourceNeed HalfCore = new(ResourceNeed.Unit / 2);

    public static void Steady(int count, int workers)
    {
        var (scheduler, nodes) = Start(workers);
        var submitted = 0;
        var done = 0;
        while (done < count)
        {
            for (var i = 0; i < 64 && submitted < count; i++, submitted++)
                scheduler.Submit(new BenchTask { Id = submitted + 1 });
            Drain(scheduler);
            done += CompleteAll(scheduler, nodes, 64);
        }
    }

    public static void OneByOne(int count, int workers)
    {
        var (scheduler, nodes) = Start(workers);
        for (var i = 1; i <= count; i++)
        {
            scheduler.Submit(new BenchTask { Id = i });
            Drain(scheduler);
            CompleteAll(scheduler, nodes, 1);
        }
    }

    public static void QueuedFirst(int count)
    {
        var (scheduler, nodes) = Start(2);
        for (var i = 1; i <= count; i++)
            scheduler.Submit(new BenchTask { Id = i });
        Finish(scheduler, nodes, count);
    }

    public static void Chain(int count)
    {
        var (scheduler, nodes) = Start(2);
        TaskNode? previous = null;
        for (var i = 1; i <= count; i++)
        {
            var task = new BenchTask { Id = i, Dependencies = previous is null ? [] : [previous] };
            scheduler.Submit(task);
            previous = task;
        }
        Finish(scheduler, nodes, count);
    }

    public static void FanIn(int count)
    {
        var (scheduler, nodes) = Start(2);
        var all = new TaskNode[count];
        for (var i = 0; i < count; i++)
        {
            all[i] = new BenchTask { Id = i + 1 };
            scheduler.Submit(all[i]);
        }
        scheduler.Submit(new BenchTask { Id = count + 1, Dependencies = all });
        Finish(scheduler, nodes, count + 1);
    }

    public static void FanOut(int count)
    {
        var (scheduler, nodes) = Start(2);
        TaskNode[] one = [new BenchTask { Id = 1 }];
        scheduler.Submit(one[0]);
        for (var i = 0; i < count; i++)
            scheduler.Submit(new BenchTask { Id = i + 2, Dependencies = one });
        Finish(scheduler, nodes, count + 1);
    }

    public static void Mixed(int count)
    {
        var (scheduler, nodes) = Start(2);
        for (var i = 1; i <= count; i++)
            scheduler.Submit(new BenchTask { Id = i, Priority = i % 3, Needs = i % 4 == 0 ? HalfCore : null });
        Finish(scheduler, nodes, count);
    }

    public static void WithMachine(int count)
    {
        var (scheduler, nodes) = Start(1);
        var machine = new WorkerMachine(1);
        var submitted = 0;
        var done = 0;
        while (done < count)
        {
            for (var i = 0; i < 64 && submitted < count; i++, submitted++)
                scheduler.Submit(new BenchTask { Id = submitted + 1 });
            foreach (var command in scheduler.Commands)
            {
                if (command.Kind == CommandKind.Assign)
                    machine.Assign(new BenchBody { Id = command.Task!.Id, Attempt = command.Attempt }, []);
            }
            scheduler.Commands.Clear();
            for (var i = 0; i < machine.Commands.Count; i++)
            {
                if (machine.Commands[i].Kind != MachineCommandKind.Run)
                    continue;
                var body = machine.Commands[i].Task;
                scheduler.Completed(nodes[0], body.Id, body.Attempt, 1);
                machine.Finished(body);
                done++;
            }
            machine.Commands.Clear();
        }
    }

    private static (Scheduler Scheduler, BenchWorker[] Workers) Start(int workers)
    {
        var scheduler = new Scheduler(new SchedulerOptions());
        var nodes = new BenchWorker[workers];
        for (var i = 0; i < workers; i++)
            scheduler.WorkerJoined(nodes[i] = new BenchWorker { Id = i + 1 });
        return (scheduler, nodes);
    }

    private static void Drain(Scheduler scheduler)
    {
        foreach (var command in scheduler.Commands)
        {
            if (command.Kind == CommandKind.Assign)
                ((BenchWorker)command.Worker!).Inbox.Enqueue((command.Task!.Id, command.Attempt));
        }
        scheduler.Commands.Clear();
    }

    private static int CompleteAll(Scheduler scheduler, BenchWorker[] nodes, int most)
    {
        var done = 0;
        foreach (var node in nodes)
        {
            for (var i = 0; i < most && node.Inbox.TryDequeue(out var task); i++, done++)
                scheduler.Completed(node, task.Id, task.Attempt, 1);
        }
        Drain(scheduler);
        return done;
    }

    private static void Finish(Scheduler scheduler, BenchWorker[] nodes, int count)
    {
        Drain(scheduler);
        for (var done = 0; done < count;)
            done += CompleteAll(scheduler, nodes, 64);
    }
}
