using System.Runtime.InteropServices;

namespace Braid.Mpi.Ranks;

/// <summary>Ways to end badly, each of which must end the whole job.</summary>
internal static class Faults
{
    public static int Run(string name)
    {
        var world = name == "single" ? Mpi.Initialize(new() { ThreadLevel = MpiThreadLevel.SingleThreaded }) : Mpi.World;
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
            case "poolworker":
                using (var served = MpiPool.Start()!.SubmitAsync(KillThisProcess))
                {
                    served.GetAwaiter().GetResult();
                }
                return 0;
            case "finish":
                return AfterFinish(world);
            case "buffered":
                LeaveWithMessagesUnderWay(world);
                return 0;
            case "input":
                Console.WriteLine($"rank {world.Rank} read '{Console.In.ReadToEnd().Trim()}'");
                return 0;
            case "beyond":
                world.SendValue(1, world.Size);
                return 0;
            case "files":
                OpenWhatExists(world);
                return 0;
            case "lock":
                DieWithALock(world);
                return 0;
            case "large":
                return BeyondTwoToThe31(world);
            case "spawn":
            case "child":
            case "ports":
            case "lacks":
                return DynamicProcesses.Run(name, world);
            case "interoperation":
                return Interoperation.Run(world);
            case "single":
                return AwaitOnOneThread(world);
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

    /// <summary>Rank 0 ends with messages in its space, which rank 1 receives once rank 0 is about to.</summary>
    private static void LeaveWithMessagesUnderWay(Communicator world)
    {
        const int Messages = 3, Length = 500_000;
        if (world.Rank == 0)
        {
            BufferedSendSpace.Attach(Messages * Length * sizeof(int));
            for (var i = 0; i < Messages; i++)
            {
                world.SendBuffered<int>(Enumerable.Repeat(i, Length).ToArray(), 1);
            }
            world.SendValue(0, 1, tag: 1);
            return;
        }
        world.ReceiveValue<int>(0, tag: 1);
        var got = new int[Length];
        for (var i = 0; i < Messages; i++)
        {
            world.Receive<int>(got, 0, tag: 0);
            Console.WriteLine($"message {i} {got.All(x => x == i)}");
        }
    }

    /// <summary>All ranks open a file that must not be there and is; rank 0 has met more errors before than the others.</summary>
    private static void OpenWhatExists(Communicator world)
    {
        var path = Path.Combine(Path.GetTempPath(), $"braid-mpi-exists-{world.BroadcastObject(world.Rank == 0 ? Guid.NewGuid() : default)}");
        var mode = MpiFileMode.Create | MpiFileMode.Write | MpiFileMode.DeleteOnClose;
        using var file = MpiFile.Open(world, path, mode);
        for (var i = 0; i < 5 && world.Rank == 0; i++)
        {
            ReportOf(() => MpiFile.Open(Mpi.Self, path + "none"));
        }
        var text = ReportOf(() => MpiFile.Open(world, path, mode | MpiFileMode.Exclusive));
        Console.WriteLine($"rank {world.Rank} {text.Contains(path, StringComparison.Ordinal)} {text}");

        static string ReportOf(Action open)
        {
            try
            {
                open();
                return "opened";
            }
            catch (MpiException e)
            {
                return $"{e.Class} {e.Message}";
            }
        }
    }

    /// <summary>The last rank dies with the lock that all others wait for.</summary>
    private static void DieWithALock(Communicator world)
    {
        using var window = Window.Allocate<int>(world, 1);
        if (world.Rank == world.Size - 1)
        {
            window.Lock(0);
            window.Put(new[] { 1 }, 0);
            window.Flush(0);
            world.Send<int>(new int[1], 0);
            Environment.FailFast("killed");
        }
        world.Receive(new int[1].AsSpan(), world.Size - 1);
        window.Lock(0);
    }

    /// <summary>More bytes than 32 bits count, from rank 0 to rank 1, and a check of what is hardest to reach.</summary>
    private static unsafe int BeyondTwoToThe31(Communicator world)
    {
        const long Length = (1L << 31) + 4_099;
        var bytes = new LargeSpan<byte>((byte*)NativeMemory.AllocZeroed((nuint)Length), Length);
        long[] places = [0, (1L << 30) - 1, 1L << 30, int.MaxValue, 1L << 31, Length - 1];
        if (world.Rank == 0)
        {
            foreach (var place in places)
            {
                bytes[place] = (byte)(1 + (place % 200));
            }
            world.Send(bytes, 1);
            return 0;
        }
        var status = world.Receive(bytes, 0);
        Console.WriteLine($"{status.ByteCount} bytes, {places.Count(p => bytes[p] == 1 + (p % 200))} of {places.Length} right");
        return 0;
    }

    /// <summary>No other thread may ask MPI: what is awaited waits here, and goes on here.</summary>
    private static int AwaitOnOneThread(Communicator world)
    {
        var (thread, got) = (Environment.CurrentManagedThreadId, new int[1]);
        var send = world.StartSend<int>(new[] { world.Rank + 40 }, 1 - world.Rank);
        var received = world.ReceiveAsync(got.AsMemory(), 1 - world.Rank).AsTask();
        var same = Environment.CurrentManagedThreadId == thread;
        Console.WriteLine($"{Mpi.Implementation} {Mpi.ThreadLevel} {received.IsCompletedSuccessfully} {got[0]} {same}");
        send.Wait();
        return 0;
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
