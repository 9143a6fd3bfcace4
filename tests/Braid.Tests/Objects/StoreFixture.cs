using System.Runtime.InteropServices;
using Braid.Objects;

namespace Braid.Tests.Objects;

/// <summary>A driver's store with folders of its own, and what tests do with one.</summary>
internal sealed class StoreFixture : IDisposable
{
    private readonly TemporaryFolder _folder;

    public StoreFixture(long memoryBudget = 1L << 30, long spillBudget = 1L << 30, long recycledMax = 0, string? memoryRoot = null, string? spillRoot = null)
    {
        _folder = new TemporaryFolder(Directory.Exists("/dev/shm") ? "/dev/shm" : null);
        MemoryRoot = memoryRoot ?? _folder.Sub("memory");
        SpillRoot = spillRoot ?? _folder.Sub("spill");
        Store = SegmentStore.Create(new ObjectStoreOptions
        {
            MemoryDirectory = MemoryRoot,
            SpillDirectory = SpillRoot,
            MemoryBudgetBytes = memoryBudget,
            SpillBudgetBytes = spillBudget,
            RecycledBytesMax = recycledMax,
        });
    }

    public string MemoryRoot { get; }

    public string SpillRoot { get; }

    public SegmentStore Store { get; }

    public SegmentStore OpenWorker(int creator) => SegmentStore.Open(Store.MemoryDirectory, Store.SpillDirectory, creator);

    public string[] MemoryFiles => SegmentFiles(Store.MemoryDirectory);

    public string[] SpillFiles => SegmentFiles(Store.SpillDirectory);

    public static byte[] Bytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static BufferRef Write(SegmentStore store, byte[] bytes) => store.Write(ref MemoryMarshal.GetArrayDataReference(bytes), bytes.Length);

    public static byte[] Read(SegmentStore store, BufferRef buffer)
    {
        var bytes = new byte[buffer.Length];
        store.Read(buffer, ref MemoryMarshal.GetArrayDataReference(bytes));
        return bytes;
    }

    public static unsafe byte[] ReadMapped(SegmentStore store, BufferRef buffer)
    {
        var mapping = store.Map(buffer);
        var bytes = new ReadOnlySpan<byte>(mapping.Pointer, (int)mapping.Length).ToArray();
        GC.KeepAlive(mapping);
        return bytes;
    }

    public void Dispose()
    {
        Store.Dispose();
        _folder.Dispose();
    }

    private static string[] SegmentFiles(string directory) =>
        [.. Directory.GetFiles(directory).Select(path => Path.GetFileName(path)!).Where(name => name is not ("lock" or "usage"))];
}
