using Braid.Driver;
using Braid.Scheduling;
using Braid.Wire;

namespace Braid.Engines.Processes;

/// <summary>The frame that carries one attempt of one task to its worker: written by the driver here, read there.</summary>
internal static class AssignFrame
{
    [Flags]
    public enum Flags : byte
    {
        None = 0,
        Stream = 1,
        TimeLimit = 2,
        Name = 4,
        LocalDependencies = 8,
        Cores = 16,
        Trace = 32,
        Priority = 64,
        Actor = 128,
    }

    /// <summary>Leaves the frame open: what is about an actor, and the captures, are the caller's to write.</summary>
    public static void Write(FrameWriter frame, TaskRecord task, ProcessSpec spec)
    {
        var local = 0;
        foreach (var dependency in task.Dependencies)
            local += dependency.State == TaskState.Done ? 0 : 1;
        // Braid's own lambda calls itself after the user's function once it runs, but a span begins before.
        var name = task.Activity is null ? task.Options.Name : task.Options.NameOrFunction;
        var flags = Flags.None
            | (spec.IsStream ? Flags.Stream : 0)
            | (task.Options.Timeout is null ? 0 : Flags.TimeLimit)
            | (name is null ? 0 : Flags.Name)
            | (local == 0 ? 0 : Flags.LocalDependencies)
            | (task.Needs is null ? 0 : Flags.Cores)
            | (task.Activity is null ? 0 : Flags.Trace)
            | (task.Priority == 0 ? 0 : Flags.Priority)
            | (task.Role is null ? 0 : Flags.Actor);
        frame.Begin(FrameKind.Assign);
        frame.Number(task.Id);
        frame.Number(task.Attempt);
        frame.Number(spec.Function.Id);
        frame.Byte((byte)flags);
        if (flags.HasFlag(Flags.Stream))
            frame.Number(task.Options.StreamBuffer);
        if (task.Options.Timeout is { } timeout)
            frame.Number((long)Math.Ceiling(timeout.TotalMilliseconds));
        if (name is not null)
            frame.Text(name);
        if (task.Needs is { } needs)
            frame.Number(needs.Cores);
        if (task.Activity is { } activity)
            frame.Text(activity.Id!);
        if (task.Priority != 0)
            frame.Signed(task.Priority);
        if (local > 0)
        {
            frame.Number(local);
            foreach (var dependency in task.Dependencies)
            {
                if (dependency.State != TaskState.Done)
                    frame.Number(dependency.Id);
            }
        }
    }
}
