using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Braid.Mpi;
using Braid.MpiBench;

// The works of the comparison, as bench.c has them, and a small object. Prints on rank 0: work, bytes, microseconds of the middle and of the shortest batch.
// The buffers are arrays. With the argument "malloc" they are C's malloc, with "huge" MpiBuffers, and only the works on megabytes are done. With "single" MPI
// is asked for the thread level that the program in C asks for, and only the works on small messages are done. With "awaited" it is another comparison.
const int Batches = 21;
const int Window = 16;

var single = args is ["single"];
var allocator = args is ["malloc" or "huge"] ? args[0] : "arrays";
var world = Mpi.Initialize(new() { ThreadLevel = single ? MpiThreadLevel.SingleThreaded : MpiThreadLevel.Multiple });
var (rank, size) = (world.Rank, world.Size);
if (args is ["awaited"])
{
    await Awaited.RunAsync(world);
    return;
}

Measure<byte>("ping-pong", PingPong, [1, 1024, 65536, 1 << 20, 4 << 20, 16 << 20], divide: 2);
Measure<byte>("stream", Stream, [1, 65536, 1 << 20, 4 << 20]);
Measure<double>("allreduce", AllReduce, [8, 8192, 1 << 20, 8 << 20]);
Measure<byte>("broadcast", (Memory<byte> send, Memory<byte> _, int n) =>
{
    for (var i = 0; i < n; i++)
    {
        world.Broadcast(send.Span);
    }
}, [8, 65536, 4 << 20]);
Measure<byte>("alltoall", (Memory<byte> send, Memory<byte> receive, int n) =>
{
    for (var i = 0; i < n; i++)
    {
        world.AllToAll<byte>(send.Span, receive.Span);
    }
}, [8, 65536, 1 << 20], blocks: size);
if (allocator == "arrays" && !single)
{
    Measure<byte>("object", (Memory<byte> _, Memory<byte> _, int n) => SmallObject(n), [1], divide: 2);
}

void PingPong(Memory<byte> send, Memory<byte> receive, int n)
{
    Span<byte> from = send.Span, to = receive.Span;
    for (var i = 0; i < n; i++)
    {
        if (rank == 0)
        {
            world.Send<byte>(from, 1);
            world.Receive(to, 1, 0);
        }
        else if (rank == 1)
        {
            world.Receive(to, 0, 0);
            world.Send<byte>(from, 0);
        }
    }
}

void Stream(Memory<byte> send, Memory<byte> receive, int n)
{
    var requests = new Request[Window];
    var statuses = new Status[Window];
    for (var i = 0; i < n && rank < 2; i += Window)
    {
        for (var w = 0; w < Window; w++)
        {
            requests[w] = rank == 0 ? world.StartSend<byte>(send, 1, 1) : world.StartReceive(receive, 0, 1);
        }
        Request.WaitAll(requests, statuses);
    }
}

void AllReduce(Memory<double> send, Memory<double> receive, int n)
{
    for (var i = 0; i < n; i++)
    {
        world.AllReduce<double>(send.Span, receive.Span, Op.Sum);
    }
}

void SmallObject(int n)
{
    var value = (7, 2.5, "a name");
    for (var i = 0; i < n; i++)
    {
        if (rank == 0)
        {
            world.SendObject(value, 1, 2);
            world.ReceiveObject<(int, double, string)>(1, 2);
        }
        else if (rank == 1)
        {
            world.ReceiveObject<(int, double, string)>(0, 2);
            world.SendObject(value, 0, 2);
        }
    }
}

void Measure<T>(string work, Action<Memory<T>, Memory<T>, int> run, int[] sizes, int divide = 1, int blocks = 1) where T : unmanaged
{
    foreach (var bytes in sizes.Where(s => single ? s <= 4096 : allocator == "arrays" || s >= 1 << 20))
    {
        var count = (int)((long)bytes * blocks / Unsafe.SizeOf<T>());
        // Given back after each work, as in C: what malloc gives next depends on it.
        using IMemoryOwner<T> sends = Allocate<T>(count), receives = Allocate<T>(count);
        Memory<T> send = sends.Memory, receive = receives.Memory;
        var n = bytes <= 4096 ? 300 : bytes <= 65536 ? 50 : bytes <= 1 << 20 ? 8 : 2;
        n = work == "stream" ? Math.Max(n, Window) : n;
        WriteYoungHeap();
        // Until the optimised code is there: some calls, some time for the compiler beside, all ranks as often.
        for (var warm = 0; warm < (bytes <= 4096 ? 20 : 1); warm++)
        {
            run(send, receive, n);
            world.Barrier();
            Thread.Sleep(bytes <= 4096 ? 10 : 0);
        }
        var batches = new double[Batches];
        for (var b = 0; b < Batches; b++)
        {
            world.Barrier();
            var start = Mpi.Seconds;
            run(send, receive, n);
            if (work == "stream")
            {
                world.Barrier();
            }
            batches[b] = (Mpi.Seconds - start) * 1e6 / n / divide;
        }
        Array.Sort(batches);
        if (rank == 0)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{work}\t{bytes}\t{batches[Batches / 2]:F4}\t{batches[0]:F4}"));
        }
    }
}

// Every page is written once: one that is only read would be the system's page of zeros, which lies in the cache.
IMemoryOwner<T> Allocate<T>(int count) where T : unmanaged
{
    IMemoryOwner<T> buffer = allocator switch
    {
        "malloc" => new MallocBuffer<T>(count),
        "huge" => new MpiBuffer<T>(count),
        _ => new ArrayBuffer<T>(count),
    };
    MemoryMarshal.AsBytes(buffer.Memory.Span).Fill(1);
    return buffer;
}

// So is the memory of new objects, before each work, since the buffers of the one before have moved it: a page that the process never had costs 20 µs on a
// virtual machine, which would count as the first requests'. The objects are stored, or the compiler would do without them.
static void WriteYoungHeap()
{
    var kept = new byte[]?[1];
    for (var before = GC.CollectionCount(0); GC.CollectionCount(0) < before + 3;)
    {
        Volatile.Write(ref kept[0], new byte[1000]);
    }
}
