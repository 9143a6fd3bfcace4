namespace Braid.Celery;

/// <summary>How a worker runs: what Celery gives on the command line.</summary>
public sealed record WorkerOptions
{
    /// <summary><c>--concurrency</c>: how many tasks run at once. Default: the number of cores.</summary>
    public int Concurrency { get; init; } = Environment.ProcessorCount;

    /// <summary><c>--queues</c>. Default: the app's default queue.</summary>
    public IReadOnlyList<string>? Queues { get; init; }

    /// <summary><c>--hostname</c>: the node's name, as "worker1@%h". %h is the host, %n the name part, %d the domain. Default: "celery@%h".</summary>
    public string NodeName { get; init; } = "celery@%h";

    /// <summary><c>--prefetch-multiplier</c>: messages taken ahead, times the concurrency. Default: 4.</summary>
    public int PrefetchMultiplier { get; init; } = 4;

    /// <summary><c>--task-events</c>: events about tasks are sent from the start; <c>control enable_events</c> can do it later.</summary>
    public bool TaskEvents { get; init; }

    /// <summary><c>--without-heartbeat</c>, the other way round: worker-online, -heartbeat and -offline events. Default: true.</summary>
    public bool Heartbeat { get; init; } = true;

    /// <summary><c>--heartbeat-interval</c>. Default: 2 seconds.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Answers <c>inspect</c> and <c>control</c>. Default: true.</summary>
    public bool RemoteControl { get; init; } = true;

    /// <summary><c>--without-mingle</c>, the other way round: asks other workers at the start for what was revoked. Default: true.</summary>
    public bool Mingle { get; init; } = true;

    /// <summary>How long a warm shutdown lets running tasks go on before it becomes a cold one. Default: no limit.</summary>
    public TimeSpan? WarmShutdownLimit { get; init; }

    /// <summary>How many tasks that wait for their time are kept in memory; the others are handed back to the broker. Default: 10,000.</summary>
    public int EtaLimit { get; init; } = 10_000;

    /// <summary><c>--time-limit</c>, for tasks that have none of their own. Default: the app's.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary><c>--soft-time-limit</c>, for tasks that have none of their own. Default: the app's.</summary>
    public TimeSpan? SoftTimeLimit { get; init; }

    /// <summary>
    /// Runs tasks in worker processes in place of this one, one task a process at a time: hard time limits and termination end the process,
    /// and a crash ends one task, not the worker. It is called once in each process and makes the app there; the lambda must be able to
    /// travel, so it names a static method: <c>() => Tasks.CreateApp()</c>. Default: null, tasks run in this process.
    /// </summary>
    public Func<CeleryApp>? ProcessApp { get; init; }

    /// <summary><c>--max-tasks-per-child</c>: a worker process is replaced after so many tasks. Default: never.</summary>
    public int? MaxTasksPerChild { get; init; }

    /// <summary><c>--max-memory-per-child</c>, in bytes: a worker process that has more after a task is replaced. Default: no limit.</summary>
    public long? MaxMemoryPerChild { get; init; }

    /// <summary>
    /// <c>--autoscale</c>: as many slots as there is work, between these bounds; <see cref="Concurrency"/> is then not used. Slots that were not
    /// needed for 30 seconds go. Default: null, a fixed number.
    /// </summary>
    public (int Max, int Min)? Autoscale { get; init; }

    /// <summary>
    /// <c>worker_soft_shutdown_timeout</c>: how long a cold shutdown still lets running tasks go on before it ends them. Default: not at all.
    /// </summary>
    public TimeSpan SoftShutdownTimeout { get; init; }

    internal int InitialConcurrency => Autoscale is { } bounds ? Math.Max(1, bounds.Min) : Concurrency;

    internal string ResolveNodeName()
    {
        var host = System.Net.Dns.GetHostName();
        var dot = host.IndexOf('.', StringComparison.Ordinal);
        var name = NodeName.Contains('@', StringComparison.Ordinal) ? NodeName : NodeName + "@%h";
        return name.Replace("%h", host, StringComparison.Ordinal)
            .Replace("%d", dot < 0 ? "" : host[(dot + 1)..], StringComparison.Ordinal)
            .Replace("%n", name[..name.IndexOf('@', StringComparison.Ordinal)], StringComparison.Ordinal);
    }
}
