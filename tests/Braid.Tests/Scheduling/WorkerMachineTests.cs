using Braid.Scheduling;

namespace Braid.Tests.Scheduling;

public class WorkerMachineTests
{
    [Fact]
    public void Tasks_run_in_order_as_slots_come_free()
    {
        var machine = new WorkerMachine(2);
        var bodies = Assign(machine, 4);
        Assert.Equal([Run(bodies[0]), Run(bodies[1])], Take(machine));
        machine.Finished(bodies[1]);
        Assert.Equal([Run(bodies[2])], Take(machine));
    }

    [Fact]
    public void A_higher_priority_overtakes_what_has_not_started()
    {
        var machine = new WorkerMachine(1);
        var bodies = Assign(machine, 2);
        var urgent = new TestBody { Id = 9, Attempt = 1, Priority = 1 };
        machine.Assign(urgent, []);
        Take(machine);
        machine.Finished(bodies[0]);
        Assert.Equal([Run(urgent)], Take(machine));
    }

    [Fact]
    public void A_task_is_held_until_its_local_dependency_finished_and_finds_it()
    {
        var machine = new WorkerMachine(2);
        var first = Assign(machine, 1)[0];
        var second = new TestBody { Id = 2, Attempt = 1 };
        machine.Assign(second, [1]);
        Assert.Equal([Run(first)], Take(machine));
        machine.Finished(first);
        Assert.Equal([Run(second)], Take(machine));
        Assert.Equal([first], second.LocalDependencies);
        var late = new TestBody { Id = 3, Attempt = 1 };
        machine.Assign(late, [1]);
        Assert.Equal([Run(late)], Take(machine));
    }

    [Fact]
    public void What_is_held_for_a_task_that_does_not_finish_goes_back()
    {
        var machine = new WorkerMachine(1);
        var first = Assign(machine, 1)[0];
        var second = new TestBody { Id = 2, Attempt = 1 };
        var third = new TestBody { Id = 3, Attempt = 1 };
        machine.Assign(second, [1]);
        machine.Assign(third, [2]);
        Take(machine);
        machine.Failed(first);
        Assert.Equal([new(MachineCommandKind.Return, second), new(MachineCommandKind.Return, third)], Take(machine));
        var unknown = new TestBody { Id = 4, Attempt = 1 };
        machine.Assign(unknown, [1]);
        Assert.Equal([new(MachineCommandKind.Return, unknown)], Take(machine));
    }

    [Fact]
    public void A_blocked_task_frees_its_slot_and_goes_first_when_resumed()
    {
        var machine = new WorkerMachine(1);
        var bodies = Assign(machine, 3);
        Take(machine);
        machine.Blocked(bodies[0]);
        Assert.Equal([Run(bodies[1])], Take(machine));
        machine.Resume(1, 1);
        Assert.Empty(Take(machine));
        machine.Finished(bodies[1]);
        Assert.Equal([new(MachineCommandKind.Continue, bodies[0])], Take(machine));
    }

    [Fact]
    public void Reclaim_and_cancel_answer_by_whether_the_task_has_started()
    {
        var machine = new WorkerMachine(1);
        var bodies = Assign(machine, 3);
        Take(machine);
        machine.Reclaim(1, 1);
        machine.Reclaim(2, 1);
        machine.Cancel(1, 1);
        machine.Cancel(1, 1);
        machine.Cancel(3, 1);
        machine.Cancel(3, 7);
        Assert.Equal(
            [
                new(MachineCommandKind.Keep, bodies[0]), new(MachineCommandKind.Return, bodies[1]),
                new(MachineCommandKind.SignalCancel, bodies[0]), new(MachineCommandKind.ReportCancelled, bodies[2]),
            ],
            Take(machine));
    }

    [Fact]
    public void Finished_tasks_are_remembered_up_to_the_bound()
    {
        var machine = new WorkerMachine(1, finishedKept: 2);
        var bodies = Assign(machine, 3);
        foreach (var body in bodies)
            machine.Finished(body);
        Assert.Contains(new MachineCommand(MachineCommandKind.Release, bodies[0]), Take(machine));
        var known = new TestBody { Id = 8, Attempt = 1 };
        var forgotten = new TestBody { Id = 9, Attempt = 1 };
        machine.Assign(known, [2, 3]);
        machine.Assign(forgotten, [1]);
        Assert.Equal([Run(known), new(MachineCommandKind.Return, forgotten)], Take(machine));
    }

    private static List<TestBody> Assign(WorkerMachine machine, int count)
    {
        var bodies = Enumerable.Range(1, count).Select(id => new TestBody { Id = id, Attempt = 1 }).ToList();
        foreach (var body in bodies)
            machine.Assign(body, []);
        return bodies;
    }

    private static MachineCommand Run(MachineTask task) => new(MachineCommandKind.Run, task);

    private static List<MachineCommand> Take(WorkerMachine machine)
    {
        machine.Validate();
        var commands = machine.Commands.ToList();
        machine.Commands.Clear();
        return commands;
    }

    private sealed class TestBody : MachineTask;
}
