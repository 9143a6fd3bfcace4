using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace Braid.Simulation;

/// <param name="Name">How it is called in the report.</param>
/// <param name="File">The source of the kernel that it changes.</param>
/// <param name="Text">What stands there, exactly once.</param>
/// <param name="Instead">What stands there in the faulty build; asks <c>Planted.Is</c> whether this fault is the one under test.</param>
internal sealed record PlantedFault(string Name, string File, string Text, string Instead);

/// <summary>
/// Proof that the simulation can fail: copies the kernel's sources, plants all faults in the copy, builds it once, and lets each fault be found by
/// itself. A fault whose text is not found any more is an error, so the list cannot rot.
/// </summary>
internal static class PlantedFaults
{
    private const int SeedsMaximum = 20_000;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly PlantedFault[] InScheduling =
    [
        new("a report of an earlier attempt counts", "Scheduler.Reports.cs",
            "task.Attempt == attempt && task.Worker == worker ? task : null",
            "(task.Attempt == attempt && task.Worker == worker || Planted.Is(0)) ? task : null"),
        new("a lost worker costs no retry", "Scheduler.Reports.cs",
            "task.RetriesLeft--;\n                    task.Suspect = true;",
            "if (!Planted.Is(1)) task.RetriesLeft--;\n                    task.Suspect = true;"),
        new("tasks without retries are sent ahead", "ReadyQueues.cs",
            "if (task.RetriesLeft > 0)",
            "if (Planted.Is(2)) return PlacementMode.Ahead;\n        if (task.RetriesLeft > 0)"),
        new("a suspect's last attempt has company", "Scheduler.Placement.cs",
            "if (queue.Mode == PlacementMode.Alone && worker.Load > worker.ActorCores)",
            "if (queue.Mode == PlacementMode.Alone && worker.Load > worker.ActorCores && !Planted.Is(3))"),
        new("something is sent ahead behind a careful task", "WorkerNode.cs",
            "CarefulCount > 0 || IsPressed ? SlotCores",
            "CarefulCount > 0 && !Planted.Is(4) || IsPressed ? SlotCores"),
        new("a task resumes although its resources are taken", "Scheduler.Endings.cs",
            "if (!worker.Fits(task.Needs))",
            "if (!worker.Fits(task.Needs) && !Planted.Is(5))"),
        new("a task waited for twice counts twice", "Scheduler.Reports.cs",
            "var isNew = link.BlockNumber != waiter.BlockNumber;",
            "var isNew = link.BlockNumber != waiter.BlockNumber || Planted.Is(6);"),
        new("a running task is asked back again and again", "Scheduler.Reclaiming.cs",
            "if (task.Started || task.Reclaiming",
            "if (task.Started && !Planted.Is(7) || task.Reclaiming"),
        new("followers of a blocked task stay", "Scheduler.Reports.cs",
            "TakeBackFollowers(task);",
            "if (!Planted.Is(8)) TakeBackFollowers(task);"),
        new("a value in spite of a cancellation is dropped", "Scheduler.Reports.cs",
            "worker.Observe(elapsedMicroseconds, _options);",
            "if (Planted.Is(9) && task.CancelRequested) return;\n        worker.Observe(elapsedMicroseconds, _options);"),
        new("a cancelled task that comes back runs again", "Scheduler.Reports.cs",
            "if (task.CancelRequested)\n            End(task, TaskState.Cancelled, null);",
            "if (task.CancelRequested && !Planted.Is(10))\n            End(task, TaskState.Cancelled, null);"),
        new("a lost dependency is not looked for", "Scheduler.Placement.cs",
            "if (!Register(task))\n            return false;",
            "if (!Planted.Is(11) && !Register(task))\n            return false;"),
        new("what a reservation freed is not filled", "Scheduler.Placement.cs",
            "// What was stuck in this pass may fit now.\n        _pass++;",
            "if (!Planted.Is(12)) _pass++;"),
        new("a worker joins after it was lost", "Scheduler.Reports.cs",
            "if (worker.State != WorkerState.Joining)",
            "if (worker.State != WorkerState.Joining && !Planted.Is(13))"),
        new("a search in the table stops at a hole", "AssignedTable.cs",
            "for (var at = (hole + 1) & mask; slots[at] is { } next; at = (at + 1) & mask)",
            "for (var at = (hole + 1) & mask; !Planted.Is(14) && slots[at] is { } next; at = (at + 1) & mask)"),
        new("a waiter is told twice", "Scheduler.Endings.cs",
            "&& --link.Waiter.WaitsLeft == 0)",
            "&& ((link.Waiter.WaitsLeft -= Planted.Is(15) ? 2 : 1) == 0))"),
        new("a force-cancelled worker gets new tasks", "WorkerNode.cs",
            "State == WorkerState.Alive && !Condemned && ReservedFor is null",
            "State == WorkerState.Alive && (!Condemned || Planted.Is(16)) && ReservedFor is null"),
        new("a kill on purpose costs the others a retry", "Scheduler.Reports.cs",
            "var onPurpose = blamed is not null || worker.Condemned;",
            "var onPurpose = (blamed is not null || worker.Condemned) && !Planted.Is(17);"),
        new("worker: what is held for a held task stays", "WorkerMachine.cs",
            "_leaving.Add(held);",
            "if (!Planted.Is(18)) _leaving.Add(held);"),
        new("worker: a follower starts at once", "WorkerMachine.cs",
            "if (task.Pending > 0)\n        {",
            "if (Planted.Is(19)) task.Pending = 0;\n        if (task.Pending > 0)\n        {"),
        new("worker: a blocked task keeps its slot", "WorkerMachine.cs",
            "FreeSlot(task);\n        task.State = MachineTaskState.Blocked;",
            "if (!Planted.Is(20)) FreeSlot(task);\n        task.State = MachineTaskState.Blocked;"),
        new("worker: a task that runs is given back", "WorkerMachine.cs",
            "new MachineCommand(MachineCommandKind.Keep, task)",
            "new MachineCommand(Planted.Is(21) ? MachineCommandKind.Return : MachineCommandKind.Keep, task)"),
        new("a worker that is short of memory counts as before", "Scheduler.Pressure.cs",
            "worker.IsPressed = isPressed;\n        Touch(worker);",
            "worker.IsPressed = isPressed;\n        if (!Planted.Is(22)) Touch(worker);"),
        new("a worker that is short of memory is sent followers", "Scheduler.Followers.cs",
            "worker.CarefulCount == 0 && !worker.IsPressed",
            "worker.CarefulCount == 0 && (!worker.IsPressed || Planted.Is(23))"),
        new("a rebuilt value costs no retry", "Scheduler.cs",
            "lost.RetriesLeft--;",
            "if (!Planted.Is(24)) lost.RetriesLeft--;"),
        new("what a lost value was made from is taken to be there", "Scheduler.cs",
            "if (dependency.State != TaskState.Done || dependency.HasValue)",
            "if (dependency.State != TaskState.Done || dependency.HasValue || Planted.Is(25))"),
        new("a stream begins anew although items of it were handed on", "Scheduler.Reports.cs",
            "task.RetriesLeft = 0;\n        task.HandedOn = true;",
            "if (!Planted.Is(26)) task.RetriesLeft = 0;\n        task.HandedOn = true;"),
        new("a stream begins anew after a kill on purpose", "Scheduler.Reports.cs",
            "(!onPurpose || task.HandedOn)",
            "(!onPurpose || (task.HandedOn && !Planted.Is(27)))"),
        new("an item of an earlier attempt is handed on", "Scheduler.Reports.cs",
            "if (Find(worker, id, attempt) is not { } task)\n            return false;",
            "if ((Find(worker, id, attempt) ?? (Planted.Is(28) ? Find(id) : null)) is not { } task)\n            return false;"),
        new("an urgent task is sent ahead behind a careful one", "WorkerNode.cs",
            "TakesUrgent => CarefulCount == 0 &&",
            "TakesUrgent => (CarefulCount == 0 || Planted.Is(29)) &&"),
        new("an urgent task that went back still counts", "WorkerNode.cs",
            "task.Urgent = false;\n        UrgentCount--;",
            "task.Urgent = false;\n        if (!Planted.Is(30)) UrgentCount--;"),
    ];

    /// <summary>By number.</summary>
    private static readonly PlantedFault[] All =
    [
        .. InScheduling,
        .. Numbered(PlantedInCoordination.All, InScheduling.Length),
        .. Numbered(PlantedInActors.All, InScheduling.Length + PlantedInCoordination.All.Length),
        .. Numbered(PlantedInObjects.All, InScheduling.Length + PlantedInCoordination.All.Length + PlantedInActors.All.Length),
    ];

    private static IEnumerable<PlantedFault> Numbered(PlantedFault[] faults, int first) => faults.Select((fault, i) =>
        fault with { Instead = fault.Instead.Replace("@", $"Braid.Scheduling.Planted.Is({Text(first + i)})", StringComparison.Ordinal) });

    /// <summary>0 when every fault was found.</summary>
    public static int FindAll()
    {
        var root = RepositoryRoot();
        var work = Directory.CreateTempSubdirectory("braid-planted-").FullName;
        try
        {
            Plant(Path.Combine(root, "src/Braid"), Path.Combine(work, "src"));
            var (built, output, _) = Execute(TimeSpan.FromMinutes(5), "dotnet", "build", Path.Combine(root, "tests/Braid.Simulation"), "-c", "Release",
                "-p:KernelSources=" + Path.Combine(work, "src"), "-p:TreatWarningsAsErrors=false", "-p:BaseIntermediateOutputPath=" + work + "/obj/",
                "-o", Path.Combine(work, "bin"));
            if (built != 0)
            {
                Console.WriteLine(output);
                return 1;
            }
            var missed = 0;
            for (var i = 0; i < All.Length; i++)
                missed += Find(Path.Combine(work, "bin/Braid.Simulation.dll"), i) ? 0 : 1;
            Console.WriteLine($"{All.Length - missed} of {All.Length} planted faults found within {SeedsMaximum} seeds each.");
            return missed == 0 ? 0 : 1;
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static void Plant(string sources, string copy)
    {
        var left = All.ToHashSet();
        foreach (var file in Directory.EnumerateFiles(sources, "*.cs", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(sources, file);
            if (name.StartsWith("obj", StringComparison.Ordinal) || name.StartsWith("bin", StringComparison.Ordinal))
                continue;
            var text = File.ReadAllText(file);
            foreach (var fault in All)
            {
                if (fault.File != Path.GetFileName(file))
                    continue;
                if (text.Split(fault.Text).Length != 2)
                    throw new InvalidOperationException($"The text of the planted fault '{fault.Name}' does not stand in {fault.File} exactly once.");
                text = text.Replace(fault.Text, fault.Instead, StringComparison.Ordinal);
                left.Remove(fault);
            }
            var planted = Path.Combine(copy, name);
            Directory.CreateDirectory(Path.GetDirectoryName(planted)!);
            File.WriteAllText(planted, text);
        }
        if (left.Count > 0)
            throw new InvalidOperationException($"There is no file for the planted fault '{left.First().Name}'.");
        File.WriteAllText(Path.Combine(copy, "Planted.cs"), """
            namespace Braid.Scheduling;
            internal static class Planted
            {
                public static int Number { get; set; } = -1;
                public static bool Is(int number) => number == Number;
            }
            """);
    }

    private static bool Find(string program, int number)
    {
        var (code, output, hung) = Execute(Patience, "dotnet", program, "--seeds", Text(SeedsMaximum), "--fault", Text(number));
        var found = hung || code != 0;
        var how = hung ? "it hangs" : output.Split('\n')[0].Replace(" Replay: dotnet run --project tests/Braid.Simulation -- --seed", " seed", StringComparison.Ordinal);
        Console.WriteLine($"{(found ? "found " : "MISSED")} {All[number].Name}: {how}");
        return found;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static (int Code, string Output, bool Hung) Execute(TimeSpan patience, string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (process.WaitForExit(patience))
            return (process.ExitCode, output.Result + errors.Result, false);
        process.Kill(entireProcessTree: true);
        return (-1, "", true);
    }

    private static string RepositoryRoot()
    {
        var directory = new DirectoryInfo(Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)!);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Braid.slnx")))
            directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException("Braid.slnx is not above this program: run it from a working copy.");
    }
}
