using static Braid.Mpi.Ranks.RankContext;

namespace Braid.Mpi.Ranks.Scenarios;

/// <summary>Files that all ranks read and write together.</summary>
internal static class Files
{
    private const MpiFileMode Fresh = MpiFileMode.Create | MpiFileMode.ReadWrite;

    public static void WriteAtAndReadAt(RankContext r) => With(r, path =>
    {
        using var file = MpiFile.Open(r.World, path, Fresh);
        file.WriteAt<int>(r.Rank * 8, [r.Rank, r.Rank + 100]);
        file.Sync();
        r.World.Barrier();
        file.Sync();
        var got = new int[2];
        var status = file.ReadAt(r.Next * 8, got.AsSpan());
        r.Say($"read {status.GetCount<int>()}", got);
        r.Say($"size {file.Size} {file.Mode == Fresh}");
        var end = new byte[10];
        r.Say($"at the end {file.ReadAt((r.Size * 8) - 4, end.AsSpan()).ByteCount}");
        r.Say($"beyond {file.ReadAt(r.Size * 80, end.AsSpan()).ByteCount}");
    });

    public static void OnePositionForEachRank(RankContext r) => With(r, path =>
    {
        using var file = MpiFile.Open(r.World, path, Fresh);
        file.Seek(r.Rank * 6);
        file.Write<byte>([1, (byte)r.Rank, 3]);
        file.Write<byte>([4, 5, 6]);
        r.Say($"position {file.Position - (r.Rank * 6)}");
        file.Seek(-3, SeekOrigin.Current);
        var got = new byte[3];
        file.Read(got.AsSpan());
        r.Say("last", got);
        r.World.Barrier();
        file.Seek(0, SeekOrigin.End);
        r.Say($"end {file.Position}");
        file.Seek(-6, SeekOrigin.End);
        file.Read(got.AsSpan());
        r.Say("of the last rank", got);
    });

    public static void CollectiveReadsAndWrites(RankContext r) => With(r, path =>
    {
        using var file = MpiFile.Open(r.World, path, Fresh);
        file.WriteAtAll<double>(r.Rank * 16, [r.Rank + 0.5, -r.Rank]);
        var got = new double[2];
        file.ReadAtAll(r.Rank * 16, got.AsSpan());
        r.Say("own", got);
        file.Seek(r.Rank * 16);
        file.WriteAll<double>([r.Rank, 7]);
        file.Seek(r.Rank * 16);
        file.ReadAll(got.AsSpan());
        r.Say("again", got);
    });

    public static void TheSharedPosition(RankContext r) => With(r, path =>
    {
        using var file = MpiFile.Open(r.World, path, Fresh);
        file.SetView<int>();
        file.WriteShared<int>([r.Rank + 1]);
        file.WriteShared<int>([r.Rank + 1]);
        r.World.Barrier();
        r.Say($"position {file.SharedPosition}");
        file.Sync();
        r.World.Barrier();
        file.SeekShared(0);
        var got = new int[1];
        var sum = 0;
        file.ReadShared(got.AsSpan());
        sum += got[0];
        file.ReadShared(got.AsSpan());
        sum += got[0];
        r.Say($"each value was read once {r.World.AllReduce(sum, Op.Sum)}");
    });

    public static void InTheOrderOfTheRanks(RankContext r) => With(r, path =>
    {
        using var file = MpiFile.Open(r.World, path, Fresh);
        file.WriteOrdered<byte>(Enumerable.Repeat((byte)r.Rank, r.Rank + 1).ToArray());
        file.WriteOrdered<byte>([99]);
        file.Sync();
        r.World.Barrier();
        var all = new byte[file.Size];
        file.ReadAt(0, all.AsSpan());
        r.Say("all", all);
        file.SeekShared(0);
        var own = new byte[r.Rank + 1];
        file.ReadOrdered(own.AsSpan());
        r.Say("own", own);
    });

    public static void AViewOfEveryNthValue(RankContext r) => With(r, path =>
    {
        using var file = MpiFile.Open(r.World, path, Fresh);
        var number = Datatype.Of<int>();
        using var nth = number.Resize(0, 4 * r.Size);
        file.SetView(8 + (4 * r.Rank), number, nth);
        file.WriteAll<int>([r.Rank, r.Rank + 10, r.Rank + 20]);
        r.Say($"position {file.Position} byte {file.ByteOffset(2)}");
        file.Sync();
        r.World.Barrier();
        file.Sync();
        var got = new int[2];
        file.ReadAt(1, got.AsSpan());
        r.Say("own", got);
        file.SetView<byte>();
        var all = new int[3 * r.Size];
        file.ReadAt(8, Datatype.Of<int>().Into(all.AsSpan()));
        r.Say("all", all);
    });

    public static void EachRankItsPartOfAGrid(RankContext r) => With(r, path =>
    {
        // Columns of a matrix in rows: what one rank sees is not one piece.
        const int Rows = 4, Columns = 3;
        using var file = MpiFile.Open(r.World, path, Fresh);
        using var part = Datatype.Of<short>().Subarray([Rows, Columns * r.Size], [Rows, Columns], [0, Columns * r.Rank]);
        file.SetView(0, Datatype.Of<short>(), part);
        file.WriteAll<short>(Enumerable.Range(0, Rows * Columns).Select(i => (short)((100 * r.Rank) + i)).ToArray());
        file.Sync();
        r.World.Barrier();
        file.Sync();
        file.SetView<short>();
        var all = new short[Rows * Columns * r.Size];
        file.ReadAll(all.AsSpan());
        r.Say("matrix", all);
        r.Say($"size {file.Size}");
    });

    public static void ScatteredMemoryIsWrittenAndRead(RankContext r) => With(r, path =>
    {
        using var file = MpiFile.Open(r.World, path, Fresh);
        using var column = Datatype.Of<int>().Vector(3, 1, 2);
        file.WriteAt(r.Rank * 12, column.From<int>(new[] { r.Rank, -1, 2, -1, 3 }));
        var back = Enumerable.Repeat(-9, 5).ToArray();
        file.ReadAt(r.Rank * 12, column.Into(back.AsSpan()));
        r.Say("back", back);
        file.Seek(r.Rank * 12);
        file.WriteAll(column.From<int>(new[] { 7, -1, 8, -1, 9 }));
        var plain = new int[3];
        file.ReadAtAll(r.Rank * 12, plain.AsSpan());
        r.Say("plain", plain);
    });

    public static async Task StartedOnesAreAwaited(RankContext r)
    {
        var path = PathOf(r);
        using (var file = MpiFile.Open(r.World, path, Fresh))
        {
            await file.StartWriteAt<int>(r.Rank * 8, new[] { r.Rank, 5 });
            var got = new int[2];
            var status = await file.StartReadAt<int>(r.Rank * 8, got);
            r.Say($"at {status.GetCount<int>()}", got);
            await file.StartWriteAtAll<int>(r.Rank * 8, new[] { r.Rank + 1, 6 });
            await file.StartReadAtAll<int>(r.Rank * 8, got);
            r.Say("at all", got);
            file.Seek(r.Rank * 8);
            await file.StartWrite<int>(new[] { r.Rank + 2, 7 });
            file.Seek(r.Rank * 8);
            await file.StartRead<int>(got);
            r.Say("own", got);
            file.Seek(r.Rank * 8);
            await file.StartWriteAll<int>(new[] { r.Rank + 3, 8 });
            file.Seek(r.Rank * 8);
            await file.StartReadAll<int>(got);
            r.Say("all", got);
            r.World.Barrier();
            file.SeekShared(0);
            await file.StartWriteShared<int>(new[] { 4, 4 });
            r.World.Barrier();
            file.SeekShared(0);
            await file.StartReadShared<int>(got);
            r.Say("shared", got);
            r.World.Barrier();
            var requests = Enumerable.Range(0, 20).Select(i => file.StartWriteAt<byte>((r.Rank * 20) + i, new[] { (byte)i })).ToArray();
            await Request.WhenAll(requests);
            var many = new byte[20];
            file.ReadAt(r.Rank * 20, many.AsSpan());
            r.Say("many", many);
        }
        Clean(r, path);
    }

    public static void SizeAndRoom(RankContext r) => With(r, path =>
    {
        using var file = MpiFile.Open(r.World, path, Fresh);
        file.SetSize(100);
        r.Say($"size {file.Size}");
        r.World.Barrier();
        file.Preallocate(1000);
        r.Say($"room {file.Size}");
        r.World.Barrier();
        file.SetSize(10);
        r.Say($"cut {file.Size}");
    });

    public static void Atomicity(RankContext r) => With(r, path =>
    {
        using var file = MpiFile.Open(r.World, path, Fresh);
        r.Say($"{file.IsAtomic}");
        file.SetAtomic(true);
        r.Say($"{file.IsAtomic}");
        r.World.Barrier();
        // All write the same place: the outcome is one rank's, whole.
        file.WriteAt<byte>(0, Enumerable.Repeat((byte)r.Rank, 1000).ToArray());
        r.World.Barrier();
        var got = new byte[1000];
        file.ReadAt(0, got.AsSpan());
        r.Say($"whole {got.Distinct().Count()}");
    });

    public static void ModesSayWhatIsAllowed(RankContext r) => With(r, path =>
    {
        r.Say($"none {ErrorOf(() => MpiFile.Open(r.World, path))}");
        using (var file = MpiFile.Open(r.World, path, MpiFileMode.Create | MpiFileMode.Write | MpiFileMode.Exclusive))
        {
            file.WriteAt<byte>(r.Rank, [(byte)(r.Rank + 1)]);
        }
        r.Say($"there {ErrorOf(() => MpiFile.Open(r.World, path, MpiFileMode.Create | MpiFileMode.Write | MpiFileMode.Exclusive))}");
        using (var file = MpiFile.Open(r.World, path))
        {
            r.Say($"written {ErrorOf(() => file.WriteAt<byte>(0, [1])) != MpiErrorClass.Success}");
            var all = new byte[r.Size];
            file.ReadAll(all.AsSpan());
            r.Say("all", all);
        }
        r.World.Barrier();
        using (var file = MpiFile.Open(r.World, path, MpiFileMode.ReadWrite | MpiFileMode.Append))
        {
            r.Say($"append {file.Position}");
        }
        r.Say($"mode {ErrorOf(() => MpiFile.Open(r.World, path, MpiFileMode.Create))}");
        using (MpiFile.Open(r.World, path, MpiFileMode.ReadWrite | MpiFileMode.DeleteOnClose))
        {
        }
        r.World.Barrier();
        r.Say($"deleted {!File.Exists(path)}");
    });

    public static void AFileOfOnesOwn(RankContext r)
    {
        var path = PathOf(r) + r.Rank;
        using (var file = MpiFile.Open(Mpi.Self, path, Fresh, new Dictionary<string, string> { ["access_style"] = "write_once" }))
        {
            file.Write<long>([r.Rank, 2, 3]);
            file.Seek(0);
            var got = new long[3];
            file.Read(got.AsSpan());
            r.Say("own", got);
        }
        MpiFile.Delete(path);
        r.Say($"deleted {!File.Exists(path)} {ErrorOf(() => MpiFile.Delete(path))}");
    }

    public static void StructsAreWrittenFieldByField(RankContext r) => With(r, path =>
    {
        using var file = MpiFile.Open(r.World, path, Fresh);
        file.SetView<(int, double)>();
        file.WriteAt<(int, double)>(r.Rank, [(r.Rank, 0.5)]);
        file.Sync();
        r.World.Barrier();
        file.Sync();
        var got = new (int, double)[1];
        file.ReadAt(r.Next, got.AsSpan());
        r.Say($"{got[0].Item1} {got[0].Item2}");
    });

    public static void AClosedFileAndABadPlaceAreRefused(RankContext r) => With(r, path =>
    {
        var file = MpiFile.Open(r.World, path, Fresh);
        r.Say($"{ErrorOf(() => file.Seek(-5)) != MpiErrorClass.Success}");
        try
        {
            file.WriteAt<byte>(-1, [1]);
        }
        catch (ArgumentOutOfRangeException)
        {
            r.Say("a place before the start");
        }
        file.Dispose();
        file.Dispose();
        try
        {
            file.Write<byte>([1]);
        }
        catch (ObjectDisposedException)
        {
            r.Say("closed");
        }
    });

    private static void With(RankContext r, Action<string> body)
    {
        var path = PathOf(r);
        body(path);
        Clean(r, path);
    }

    /// <summary>A new name, the same at all ranks.</summary>
    private static string PathOf(RankContext r) =>
        Path.Combine(Path.GetTempPath(), $"braid-mpi-file-{r.World.BroadcastValue(Guid.NewGuid()):N}");

    private static void Clean(RankContext r, string path)
    {
        r.World.Barrier();
        if (r.Rank == 0)
        {
            File.Delete(path);
        }
    }
}
