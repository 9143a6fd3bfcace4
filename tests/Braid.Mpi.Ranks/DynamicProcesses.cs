using System.Text;

namespace Braid.Mpi.Ranks;

/// <summary>Further processes and connections between parts of a job, each in a job of its own: not every MPI can.</summary>
internal static class DynamicProcesses
{
    public static int Run(string name, Communicator world) => name switch
    {
        "spawn" => Spawn(world),
        "child" => Child(world),
        "ports" => Ports(world),
        _ => Lacks(world),
    };

    private static int Spawn(Communicator world)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Braid.Mpi.Ranks.dll");
        using var children = world.Spawn("dotnet", [program, "fault:child"], 2);
        Console.WriteLine($"parent {world.Rank}: {children.RemoteSize} children, from a launcher {Mpi.Parent is null}");
        if (world.Rank == 0)
        {
            children.SendValue(42, 1);
            Console.WriteLine($"answer {children.ReceiveValue<int>(0)}");
        }
        using (var all = children.Merge(high: false))
        {
            Console.WriteLine($"together {all.Size}, sum {all.AllReduce(all.Rank, Op.Sum)}");
        }
        children.Disconnect();
        return 0;
    }

    private static int Child(Communicator world)
    {
        var parents = Mpi.Parent!;
        if (world.Rank == 1)
        {
            world.SendValue(parents.ReceiveValue<int>(0) + 1, 0);
        }
        else
        {
            parents.SendValue(world.ReceiveValue<int>(1), 0);
        }
        using (var all = parents.Merge(high: true))
        {
            all.AllReduce(all.Rank, Op.Sum);
        }
        parents.Disconnect();
        return 0;
    }

    /// <summary>The even ranks accept, the odd ones connect, by a published name and again by the port's own.</summary>
    private static int Ports(Communicator world)
    {
        var accepts = world.Rank % 2 == 0;
        using var side = world.Split(accepts ? 0 : 1)!;
        using var port = world.Rank == 0 ? MpiPort.Open() : null;
        if (world.Rank == 0)
        {
            port!.Publish("braid-test");
            world.Send<byte>(Encoding.UTF8.GetBytes(port.Name), 1);
        }
        var name = world.Rank == 1 ? Encoding.UTF8.GetString(world.MatchedProbe(0).Receive<byte>()) : port?.Name ?? "";
        world.Barrier();
        if (world.Rank == 1)
        {
            Console.WriteLine($"published {MpiPort.Lookup("braid-test") == name}");
        }
        using var other = accepts ? side.Accept(name) : side.Connect(name);
        other.SendValue(world.Rank, other.Rank);
        Console.WriteLine($"rank {world.Rank} met {other.ReceiveValue<int>(other.Rank)} of {other.RemoteSize}");
        other.Disconnect();
        world.Barrier();
        return 0;
    }

    private static int Lacks(Communicator world)
    {
        foreach (var call in new Action[]
        {
            () => world.Spawn("true", [], 1), () => MpiPort.Open(), () => world.Accept("x"), () => world.Connect("x"),
            () => MpiPort.Lookup("x"),
        })
        {
            try
            {
                call();
            }
            catch (NotSupportedException e)
            {
                Console.WriteLine(e.Message);
            }
        }
        return 0;
    }
}
