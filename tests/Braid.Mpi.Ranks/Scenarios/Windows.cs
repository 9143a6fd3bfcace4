using System.Numerics;
using static Braid.Mpi.Ranks.RankContext;

namespace Braid.Mpi.Ranks.Scenarios;

/// <summary>One-sided communication.</summary>
internal static class Windows
{
    public static void PutAndGetBetweenFences(RankContext r)
    {
        var memory = Enumerable.Repeat(-1, r.Size).ToArray();
        using var window = Over(r, memory);
        window.Fence();
        for (var target = 0; target < r.Size; target++)
        {
            window.Put(new[] { (r.Rank * 10) + target }, target, r.Rank);
        }
        window.Fence();
        r.Say("put", window.Local.ToArray());
        var got = new int[r.Size];
        window.Get(got, r.Next);
        window.Fence(WindowAssertions.NoSucceed);
        r.Say("got", got);
        Expect(memory.SequenceEqual(window.Local.ToArray()) || CannotCreate(r));
        r.Say($"{window.Rank} {window.Size} {window.LengthOf(r.Next)}");
    }

    public static void AllocatedWindowsBeginAsZeros(RankContext r)
    {
        using var window = Window.Allocate<double>(r.World, 3 + r.Rank);
        r.Say("zeros", window.Local.ToArray());
        window.Local.Fill(r.Rank + 0.5);
        window.Fence();
        var got = new double[3 + r.Next];
        window.Get(got, r.Next);
        window.Fence();
        r.Say("got", got);
        window.Name = "halo";
        using var group = window.Group;
        r.Say($"{window.Name} {group.Size} {window.LengthOf(r.Next)}");
    }

    public static void AnExclusiveLockGuardsReadAndWrite(RankContext r)
    {
        // Not atomic by itself: only the lock makes all additions count.
        using var window = Window.Allocate<int>(r.World, 1);
        r.World.Barrier();
        var value = new int[1];
        for (var i = 0; i < 20; i++)
        {
            window.Lock(0);
            window.Get(value, 0);
            window.Flush(0);
            value[0]++;
            window.Put(value, 0);
            window.Unlock(0);
        }
        r.World.Barrier();
        window.Lock(0, WindowLock.Shared);
        window.Get(value, 0);
        window.Unlock(0);
        r.Say($"counted {value[0]}");
    }

    public static void LockAllAndFlushes(RankContext r)
    {
        using var window = Window.Allocate<int>(r.World, r.Size);
        window.LockAll();
        for (var target = 0; target < r.Size; target++)
        {
            window.Put(new[] { r.Rank + 1 }, target, r.Rank);
        }
        window.FlushLocal(r.Next);
        window.FlushLocalAll();
        window.Flush(r.Next);
        window.FlushAll();
        r.World.Barrier();
        window.Sync();
        r.Say("local", window.Local.ToArray());
        window.UnlockAll();
    }

    public static void PostStartCompleteWait(RankContext r)
    {
        using var window = Over(r, new int[2]);
        using var world = r.World.Group;
        using var next = world.Include(r.Next);
        using var previous = world.Include(r.Previous);
        for (var round = 0; round < 3; round++)
        {
            window.Post(previous);
            window.Start(next);
            window.Put(new[] { r.Rank, round }, r.Next);
            window.Complete();
            window.Wait();
            r.Say($"{round}", window.Local.ToArray());
        }
        window.Post(previous);
        window.Start(next);
        window.Accumulate(new[] { 10 }, Op.Sum, r.Next);
        window.Complete();
        while (!window.Test())
        {
            Thread.Yield();
        }
        r.Say("tested", window.Local.ToArray());
    }

    public static void SharedMemoryIsTouchedDirectly(RankContext r)
    {
        using var machine = r.World.SplitByMachine();
        using var window = Window.AllocateShared<int>(machine, 4);
        window.Fence();
        window.Local.Fill(r.Rank + 1);
        window.Fence();
        r.Say("next", window.Shared(r.Next).ToArray());
        r.Say("first", window.Shared(0).ToArray());
        window.Fence();
        if (r.Rank == 0)
        {
            window.Shared(r.Size - 1)[0] = 77;
        }
        window.Fence();
        r.Say("local", window.Local.ToArray());
        using var other = Window.Allocate<int>(r.World, 1);
        try
        {
            other.Shared(0);
        }
        catch (InvalidOperationException)
        {
            r.Say("not shared");
        }
    }

    public static void ADynamicWindowGrows(RankContext r)
    {
        if (CannotCreate(r))
        {
            r.Say("ints", [0, 10, 5]);
            r.Say("doubles", [0.5, 0]);
            r.Say("got", [0]);
            r.Say("detached once");
            return;
        }
        using var window = Window.CreateDynamic(r.World);
        var (first, second) = (new int[3], new double[2]);
        var addresses = new[] { window.Attach<int>(first), window.Attach<double>(second) };
        var theirs = new long[2];
        r.World.SendReceive<long, long>(addresses, r.Previous, theirs, r.Next);
        window.Fence();
        window.Put<int>(new[] { r.Rank, r.Rank + 10, 5 }, r.Next, theirs[0]);
        window.Accumulate<double>(new[] { 0.5, r.Rank }, Op.Sum, r.Next, theirs[1]);
        window.Fence();
        r.Say("ints", first);
        r.Say("doubles", second);
        var got = new double[1];
        window.Get<double>(got, r.Next, theirs[1] + sizeof(double));
        window.Fence();
        r.Say("got", got);
        window.Detach(addresses[0]);
        window.Detach(addresses[1]);
        try
        {
            window.Detach(addresses[0]);
        }
        catch (ArgumentException)
        {
            r.Say("detached once");
        }
    }

    public static void DatatypesOnBothSides(RankContext r)
    {
        // A row here becomes a column there.
        using var window = Window.Allocate<double>(r.World, 12);
        using var column = Datatype.Of<double>().Vector(3, 1, 4);
        window.Fence();
        window.Put(Datatype.Of<double>().From<double>(new double[] { r.Rank, 1, 2 }.AsMemory()), r.Next, 1, column, 1);
        window.Fence();
        r.Say("put", window.Local.ToArray());
        var back = Enumerable.Repeat(-1.0, 12).ToArray();
        window.Get(column.Into(back.AsMemory(3), 1), r.Next, 1);
        window.Fence();
        r.Say("got", back);
        window.Accumulate(column.From<double>(back.AsMemory(3), 1), Op.Sum, r.Next, 1);
        window.Fence();
        r.Say("sum", window.Local.ToArray());
    }

    public static async Task RequestsOfOperationsAreAwaited(RankContext r)
    {
        using var window = Window.Allocate<int>(r.World, 4);
        window.LockAll();
        await window.StartPut(new[] { r.Rank, 1 }, r.Next);
        await window.StartAccumulate(new[] { 5, 6 }, Op.Sum, r.Next, 2);
        window.FlushAll();
        r.World.Barrier();
        var (got, before) = (new int[4], new int[1]);
        await window.StartGet(got, r.Next);
        r.World.Barrier();
        window.StartGetAccumulate(new[] { 1 }, before, Op.Sum, r.Next, 2).Wait();
        window.UnlockAll();
        r.World.Barrier();
        r.Say("got", got);
        r.Say("before", before);
        window.Lock(r.Rank, WindowLock.Shared);
        window.Sync();
        r.Say("local", window.Local.ToArray());
        window.Unlock(r.Rank);
    }

    public static void WhatReachesBeyondAPartIsRefused(RankContext r)
    {
        using var window = Window.Allocate<int>(r.World, 4);
        using var wide = Datatype.Of<int>().Vector(3, 1, 2);
        using var own = Op.Create<int>(static (a, b) => a + b);
        window.Fence();
        var refused = 0;
        foreach (var call in new Action[]
        {
            () => window.Put(new int[5], r.Next),
            () => window.Put(new int[1], r.Next, 4),
            () => window.Put(new int[1], r.Next, -1),
            () => window.Get(new int[2], r.Next, 3),
            () => window.Put(wide.From<int>(new int[5].AsMemory()), r.Next),
            () => window.Accumulate(new int[1], own, r.Next),
            () => window.GetAccumulate(new int[2], new int[1], Op.Sum, r.Next),
        })
        {
            try
            {
                call();
            }
            catch (ArgumentException)
            {
                refused++;
            }
        }
        window.Fence();
        r.Say($"refused {refused}");
        window.Fence();
        window.Put(new int[50], Mpi.ProcNull, 1000);
        window.Fence();
        r.Say("nobody");
    }

    public static void AWrongRankAndAFreedWindowAreErrors(RankContext r)
    {
        var window = Window.Allocate<int>(r.World, 1);
        r.Say($"{ErrorOf(() => window.Lock(r.Size + 3))}");
        window.Fence();
        r.Say($"{ErrorOf(() => window.Put(new int[1], r.Size + 3))}");
        window.Fence(WindowAssertions.NoSucceed);
        window.Dispose();
        window.Dispose();
        try
        {
            window.Put(new int[1], r.Rank);
        }
        catch (ObjectDisposedException)
        {
            r.Say("freed");
        }
    }

    public static void UnlockingWhatIsNotLockedIsRefused(RankContext r)
    {
        using var window = Window.Allocate<int>(r.World, 1);
        r.Say($"unlock {ErrorOf(() => window.Unlock(r.Rank))}");
    }

    public static void BuffersSurviveTheCollector(RankContext r)
    {
        using var window = Window.Allocate<int>(r.World, 100);
        window.Fence();
        for (var i = 0; i < 100; i++)
        {
            window.Put(new[] { (r.Rank * 1000) + i }, r.Next, i);
            _ = new byte[50_000];
        }
        GC.Collect();
        window.Fence();
        Expect(window.Local.ToArray().Select((x, i) => x == (r.Previous * 1000) + i).All(static right => right));
        r.Say("all there");
    }

    public static void MemoryAtAnyAddressIsReached(RankContext r)
    {
        // MPICH 4.0 mistakes addresses that are no multiple of 16 unless it is spared them.
        for (var skip = 0; skip < 8; skip++)
        {
            var memory = new int[20];
            using var window = CannotCreate(r) ? Window.Allocate<int>(r.World, 3) : Window.Create(r.World, memory.AsMemory(skip, 3));
            window.Fence();
            window.Put(new[] { r.Rank + 1, 2, 3 }, r.Next);
            window.Fence();
            Expect(memory.Sum() == window.Local.ToArray().Sum() || CannotCreate(r));
            r.Say($"{skip}", window.Local.ToArray());
        }
    }

    public static void PartsOfDifferentLengths(RankContext r)
    {
        using var window = Window.Allocate<byte>(r.World, 1 + (r.Rank * 37));
        window.Local.Fill((byte)(r.Rank + 1));
        window.Fence();
        for (var target = 0; target < r.Size; target++)
        {
            var got = new byte[1 + (target * 37)];
            window.Get(got, target);
            window.Fence();
            r.Say($"{target}: {got.Length} {got.All(b => b == target + 1)}");
        }
    }

    /// <summary>Open MPI 4.1 has no window over the program's memory in a world of one, for C neither.</summary>
    internal static bool CannotCreate(RankContext r) => r.Size == 1 && Mpi.Implementation == MpiImplementation.OpenMpi;

    internal static Window<T> Over<T>(RankContext r, T[] memory) where T : unmanaged
    {
        if (!CannotCreate(r))
        {
            return Window.Create<T>(r.World, memory);
        }
        var window = Window.Allocate<T>(r.World, memory.Length);
        memory.CopyTo(window.Local);
        return window;
    }
}
