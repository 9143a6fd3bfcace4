namespace Braid.Mpi.Ranks;

/// <summary>Ways to end badly, each of which must end the whole job.</summary>
internal static class Faults
{
    public static int Run(string name)
    {
        var world = Mpi.World;
        switch (name)
        {
            case "hello":
                Console.WriteLine($"hello from {world.Rank} of {world.Size} on {Mpi.Implementation}");
                return 0;
            case "throw":
                FailOnLast(world, () => throw new InvalidOperationException("the rank's own failure"));
                return 0;
            case "exit":
                FailOnLast(world, () => Environment.Exit(3));
                return 0;
            case "return":
                if (world.Rank == world.Size - 1)
                {
                    return 3;
                }
                world.ReceiveValue<int>(world.Size - 1);
                return 0;
            case "abort":
                FailOnLast(world, () => Mpi.Abort(5));
                return 0;
            case "kill":
                FailOnLast(world, () => Environment.FailFast("killed"));
                return 0;
            case "sigkill":
                FailOnLast(world, KillThisProcess);
                return 0;
            case "finish":
                return AfterFinish(world);
            case "processors":
                Console.WriteLine($"processors {Environment.ProcessorCount}");
                return 0;
            default:
                throw new ArgumentException($"no fault '{name}'");
        }
    }

    /// <summary>The last rank fails while all others wait for a message that never comes.</summary>
    private static void FailOnLast(Communicator world, Action fail)
    {
        if (world.Rank == world.Size - 1)
        {
            fail();
        }
        world.ReceiveValue<int>(world.Size - 1);
    }

    /// <summary>What the system does to a process that takes too much memory: nothing in it hears of it.</summary>
    private static void KillThisProcess()
    {
        using var self = System.Diagnostics.Process.GetCurrentProcess();
        self.Kill();
        Thread.Sleep(Timeout.Infinite);
    }

    private static int AfterFinish(Communicator world)
    {
        var sum = world.AllReduce(1, Op.Sum);
        var request = world.StartSend<int>(new[] { 1 }, world.Rank, 1);
        var receive = world.StartReceive(new int[1].AsMemory(), world.Rank, 1);
        Request.WaitAll(request, receive);
        Mpi.Finish();
        Mpi.Finish();
        var refused = 0;
        foreach (var call in new Action[] { () => world.Barrier(), () => world.SendValue(1, 0), () => _ = Mpi.ThreadLevel, () => world.Duplicate() })
        {
            try
            {
                call();
            }
            catch (InvalidOperationException)
            {
                refused++;
            }
        }
        world.Dispose();
        Console.WriteLine($"after finish: {sum} ranks, {refused} refused");
        return 0;
    }
}
