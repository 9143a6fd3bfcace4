using System.Runtime.InteropServices;
using Braid.Mpi.Abi;

namespace Braid.Mpi.Embedded;

/// <content>
/// Windows. Memory that the window allocates is mapped by all; memory of the program is reached by the system's calls into another process.
/// Every operation happens when it is called, so synchronising is only waiting for each other.
/// </content>
internal sealed unsafe partial class EmbeddedBackend
{
    private readonly HandleTable<EmbeddedWindow> _windows = new(MpiErrorClass.Window, "window");

    public override int WindowCreate(void* memory, nint bytes, int unit, nint comm, out nint window)
    {
        var of = WindowCommunicator(comm, "MPI_Win_create");
        var all = AllGatherLongs(of, [(long)memory, bytes, unit, Environment.ProcessId]);
        window = _windows.Add(new(of, ShareMemory(of, EmbeddedWindow.ControlBytes(of.Size)))
        {
            Addresses = all[0], Bytes = all[1], Units = all[2], Processes = all[3],
        });
        return 0;
    }

    public override int WindowAllocate(nint bytes, int unit, bool shared, nint comm, out nint memory, out nint window)
    {
        var of = WindowCommunicator(comm, "MPI_Win_allocate");
        // Shared parts follow each other without a gap, as MPI has it; the others begin on lines of their own.
        var room = shared ? bytes : (bytes + 63) & ~(nint)63;
        var all = AllGatherLongs(of, [room, bytes, unit, Environment.ProcessId]);
        var control = EmbeddedWindow.ControlBytes(of.Size);
        var block = ShareMemory(of, control + Math.Max(1, all[0].Sum()));
        var addresses = new long[of.Size];
        var next = (long)block.Start + control;
        for (var rank = 0; rank < of.Size; rank++)
        {
            addresses[rank] = next;
            next += all[0][rank];
        }
        memory = (nint)addresses[of.Rank];
        window = _windows.Add(new(of, block)
        {
            Addresses = addresses, Bytes = all[1], Units = all[2], Processes = all[3], IsMapped = true,
        });
        return 0;
    }

    public override int WindowCreateDynamic(nint comm, out nint window)
    {
        var of = WindowCommunicator(comm, "MPI_Win_create_dynamic");
        var all = AllGatherLongs(of, [0, 0, 1, Environment.ProcessId]);
        window = _windows.Add(new(of, ShareMemory(of, EmbeddedWindow.ControlBytes(of.Size)))
        {
            Addresses = all[0], Bytes = all[1], Units = all[2], Processes = all[3],
        });
        return 0;
    }

    // The others reach any memory of this process.
    public override int WindowAttach(nint window, void* memory, nint bytes) => _windows[window] is null ? 1 : 0;

    public override int WindowDetach(nint window, void* memory) => _windows[window] is null ? 1 : 0;

    public override int WindowSharedQuery(nint window, int rank, out nint bytes, out nint memory)
    {
        var of = _windows[window];
        CheckTarget(of, rank, "MPI_Win_shared_query");
        (bytes, memory) = of.IsMapped ? ((nint)of.Bytes[rank], (nint)of.Addresses[rank])
            : throw Failure(MpiErrorClass.RmaFlavor, "MPI_Win_shared_query", "the window's memory is not shared.");
        return 0;
    }

    public override int WindowFree(nint* window)
    {
        var of = _windows[*window];
        Barrier(of.Of);
        _windows.Remove(*window);
        *window = 0;
        of.Dispose();
        return 0;
    }

    public override int WindowSetName(nint window, string name)
    {
        _windows[window].Name = name;
        return 0;
    }

    public override int WindowGetName(nint window, out string name)
    {
        name = _windows[window].Name;
        return 0;
    }

    public override int WindowGroup(nint window, out nint group)
    {
        group = _groups.Add(_windows[window].Of.Members);
        return 0;
    }

    public override int Put(in OriginAndTarget t, nint window, nint* request)
    {
        var of = _windows[window];
        if (Reaches(of, t.Target, "MPI_Put"))
        {
            using var data = new Packed(_types[t.OriginType], t.OriginCount, t.Origin);
            Write(of, t.Target, AddressOf(of, t), t.TargetCount, _types[t.TargetType], data.Start, data.Bytes);
        }
        return AtOnce(request);
    }

    public override int Get(in OriginAndTarget t, nint window, nint* request)
    {
        var of = _windows[window];
        if (Reaches(of, t.Target, "MPI_Get"))
        {
            var type = _types[t.TargetType];
            using var data = new Packed(type, t.TargetCount);
            Read(of, t.Target, AddressOf(of, t), t.TargetCount, type, data.Start);
            _types[t.OriginType].Unpack(data.Start, data.Bytes, t.Origin, t.OriginCount);
        }
        return AtOnce(request);
    }

    public override int Accumulate(in OriginAndTarget t, nint op, nint window, nint* request)
    {
        var of = _windows[window];
        if (Reaches(of, t.Target, "MPI_Accumulate"))
        {
            Change(of, t, op, null, 0, null);
        }
        return AtOnce(request);
    }

    public override int GetAccumulate(
        in OriginAndTarget t, void* result, int resultCount, nint resultType, nint op, nint window, nint* request)
    {
        var of = _windows[window];
        if (Reaches(of, t.Target, "MPI_Get_accumulate"))
        {
            Change(of, t, op, result, resultCount, _types[resultType]);
        }
        return AtOnce(request);
    }

    public override int FetchAndOp(void* origin, void* result, nint type, int target, nint displacement, nint op, nint window) =>
        GetAccumulate(new(origin, 1, type, target, displacement, 1, type), result, 1, type, op, window, null);

    public override int CompareAndSwap(
        void* origin, void* compare, void* result, nint type, int target, nint displacement, nint window)
    {
        var of = _windows[window];
        if (!Reaches(of, target, "MPI_Compare_and_swap"))
        {
            return 0;
        }
        var layout = _types[type];
        var address = AddressOf(of, new(origin, 1, type, target, displacement, 1, type));
        var length = (int)layout.Size;
        EnterPart(of, target);
        try
        {
            Read(of, target, address, 1, layout, (byte*)result);
            if (new Span<byte>(result, length).SequenceEqual(new Span<byte>(compare, length)))
            {
                Write(of, target, address, 1, layout, (byte*)origin, length);
            }
        }
        finally
        {
            LeavePart(of, target);
        }
        return 0;
    }

    /// <summary>Combines into a rank's part, under its mutex, and tells what was there before where it is asked.</summary>
    private void Change(EmbeddedWindow of, in OriginAndTarget t, nint op, void* result, int resultCount, EmbeddedType? resultType)
    {
        var (by, type, address) = (_ops[op], _types[t.TargetType], AddressOf(of, t));
        using var data = new Packed(_types[t.OriginType], by.Basic == BasicOp.NoOp ? 0 : t.OriginCount, t.Origin);
        using var before = new Packed(type, t.TargetCount);
        var element = by.Basic is BasicOp.NoOp or BasicOp.Replace ? null : ElementOf(type);
        if (element is not null)
        {
            by.Check(element);
        }
        EnterPart(of, t.Target);
        try
        {
            Read(of, t.Target, address, t.TargetCount, type, before.Start);
            resultType?.Unpack(before.Start, before.Bytes, result, resultCount);
            if (element is not null)
            {
                by.Apply(data.Start, before.Start, Math.Min(data.Bytes, before.Bytes) / element.Size, element);
                Write(of, t.Target, address, t.TargetCount, type, before.Start, before.Bytes);
            }
            else if (by.Basic == BasicOp.Replace)
            {
                Write(of, t.Target, address, t.TargetCount, type, data.Start, data.Bytes);
            }
        }
        finally
        {
            LeavePart(of, t.Target);
        }
    }

    /// <summary>Packs what lies in a rank's part.</summary>
    private static void Read(EmbeddedWindow of, int rank, long address, long count, EmbeddedType type, byte* packed)
    {
        if (of.IsDirect(rank))
        {
            type.Pack((void*)address, count, packed);
            return;
        }
        foreach (var (offset, length) in type.Repeat(count))
        {
            if (!SystemCalls.TryReadProcess((int)of.Processes[rank], address + offset, packed, length))
            {
                throw Unreachable();
            }
            packed += length;
        }
    }

    /// <summary>Spreads packed bytes over a rank's part.</summary>
    private static void Write(EmbeddedWindow of, int rank, long address, long count, EmbeddedType type, byte* packed, long bytes)
    {
        if (of.IsDirect(rank))
        {
            type.Unpack(packed, bytes, (void*)address, count);
            return;
        }
        foreach (var (offset, length) in type.Repeat(count))
        {
            var step = Math.Min(length, bytes);
            if (!SystemCalls.TryWriteProcess((int)of.Processes[rank], address + offset, packed, step))
            {
                throw Unreachable();
            }
            packed += step;
            bytes -= step;
        }
    }

    private EmbeddedType ElementOf(EmbeddedType type) => type.Element is { } basic ? _types[Type(basic)]
        : throw Failure(MpiErrorClass.Type, "MPI_Accumulate", "the datatype is made of several predefined types; an operation needs one.");

    private static long AddressOf(EmbeddedWindow of, in OriginAndTarget t) =>
        of.Addresses[t.Target] + (t.Displacement * of.Units[t.Target]);

    private static NotSupportedException Unreachable() => Lacks(
        "windows over the program's own memory where the system forbids one process to reach into another (ptrace); Window.Allocate works");

    private int AtOnce(nint* request)
    {
        if (request != null)
        {
            *request = _requests.Add(new() { Done = true });
        }
        return 0;
    }

    private EmbeddedCommunicator WindowCommunicator(nint comm, string function)
    {
        var of = Intra(comm, function);
        return Copy(of, AgreeOnId(of));
    }

    /// <summary>Memory for all ranks of a communicator; the file's name goes as soon as all have it.</summary>
    private SharedBlock ShareMemory(EmbeddedCommunicator of, long bytes)
    {
        if (of.Size == 1)
        {
            return SharedBlock.Private(bytes);
        }
        var name = of.Rank == 0 ? Guid.NewGuid() : default;
        if (of.Rank == 0 && !SharedBlock.TryCreate(name, bytes))
        {
            name = default;
        }
        name = MemoryMarshal.Read<Guid>(MemoryMarshal.AsBytes<int>(BroadcastInts(of, MemoryMarshal.Cast<Guid, int>([name]).ToArray(), 0)));
        if (name == default)
        {
            throw Failure(MpiErrorClass.NoMemory, "MPI_Win_allocate", $"neither /dev/shm nor the temporary folder has {bytes} bytes free.");
        }
        var block = SharedBlock.Open(name, bytes);
        Barrier(of);
        if (of.Rank == 0)
        {
            SharedBlock.Unlink(name);
        }
        return block;
    }

    /// <summary>All ranks' numbers: by which number, then by rank.</summary>
    private long[][] AllGatherLongs(EmbeddedCommunicator of, long[] mine)
    {
        var all = new long[mine.Length * of.Size];
        var number = _types[Type(BasicType.Int64)];
        fixed (long* from = mine, to = all)
        {
            Now(AllGatherAsync(Blocking(of), new(from, mine.Length, number), new(to, mine.Length, number)));
        }
        long[] Of(int which) => [.. Enumerable.Range(0, of.Size).Select(rank => all[(rank * mine.Length) + which])];
        return [.. Enumerable.Range(0, mine.Length).Select(Of)];
    }

    /// <summary>The data of some elements, one after the other: where it lies if it does so already, else a copy.</summary>
    private readonly ref struct Packed
    {
        private readonly bool _owned;

        public Packed(EmbeddedType type, long count, void* source = null)
        {
            Bytes = count * type.Size;
            _owned = source == null || !type.IsContiguous;
            Start = _owned ? (byte*)NativeMemory.Alloc((nuint)Math.Max(1, Bytes)) : (byte*)source;
            if (_owned && source != null)
            {
                type.Pack(source, count, Start);
            }
        }

        public byte* Start { get; }

        public long Bytes { get; }

        public void Dispose()
        {
            if (_owned)
            {
                NativeMemory.Free(Start);
            }
        }
    }
}
