using System.Diagnostics;
using System.Globalization;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Braid.Objects;
using Microsoft.Win32.SafeHandles;

namespace Braid.SharedMemory;

/// <summary>Runs every way of moving the array in turn, several times over, and prints the median of each.</summary>
internal sealed unsafe class Measurements : IDisposable
{
    private readonly Settings _settings;
    private readonly double[] _source;
    private readonly double[] _arrayInUse;
    private readonly double _sum;
    private readonly SegmentStore _store = SegmentStore.Create(new ObjectStoreOptions());
    private readonly SegmentStore _storeThatForgets = SegmentStore.Create(new ObjectStoreOptions { RecycledBytesMax = 0 });
    private readonly Process _worker;
    private readonly Process _workerThatForgets;
    private readonly string _rawPath;
    private readonly Dictionary<string, List<double>> _milliseconds = [];

    public Measurements(Settings settings)
    {
        _settings = settings;
        _source = new double[settings.Bytes / sizeof(double)];
        for (var i = 0; i < _source.Length; i++)
            _source[i] = i % 1000;
        _arrayInUse = (double[])_source.Clone();
        _sum = Worker.Sum(_source);
        _rawPath = Path.Combine(_store.MemoryDirectory, "raw");
        _worker = StartWorker(_store);
        _workerThatForgets = StartWorker(_storeThatForgets);
    }

    private Span<byte> SourceBytes => MemoryMarshal.AsBytes(_source.AsSpan());

    public void Run()
    {
        for (var run = 0; run < _settings.Runs + 1; run++)
        {
            RawWrites();
            RawReads();
            Store();
            Small();
            EndToEnd();
            if (run == 0)
                _milliseconds.Clear(); // compilation, and pages that the machine had never touched
        }

        Print();
    }

    public void Dispose()
    {
        foreach (var worker in (ReadOnlySpan<Process>)[_worker, _workerThatForgets])
        {
            worker.StandardInput.Close();
            worker.WaitForExit();
            worker.Dispose();
        }

        _store.Dispose();
        _storeThatForgets.Dispose();
    }

    private static Process StartWorker(SegmentStore store) => Process.Start(new ProcessStartInfo(
        Environment.ProcessPath!, ["--worker", store.MemoryDirectory, store.SpillDirectory])
    { RedirectStandardInput = true, RedirectStandardOutput = true })!;

    private void RawWrites()
    {
        foreach (var chunk in (ReadOnlySpan<int>)[64 << 10, 256 << 10, 2 << 20, 16 << 20])
        {
            using var file = FreshFile();
            Measure($"raw: pwrite to a new file, {chunk >> 10} KiB at a time", () => WriteRaw(file, chunk));
        }

        using (var file = File.OpenHandle(_rawPath, FileMode.Open, FileAccess.ReadWrite))
        {
            Measure("raw: pwrite over an old file", () => WriteRaw(file, 2 << 20));
            Measure("raw: memcpy into a mapping of an old file", () => CopyToMapping(file));
        }

        using (var file = FreshFile())
        {
            RandomAccess.SetLength(file, _settings.Bytes);
            Measure("raw: memcpy into a mapping of a new file (unsafe when memory is full)", () => CopyToMapping(file));
        }
    }

    private void RawReads()
    {
        using var file = File.OpenHandle(_rawPath, FileMode.Open, FileAccess.Read);
        Measure("raw: pread into a new array, 1 thread, pages of 4 KiB", () => ReadRaw(file, NewArray()));
        var array = _arrayInUse;
        Measure("raw: pread into an array in use, 1 thread", () => ReadRaw(file, array));
        Measure("raw: pread into a new array, threads, pages of 2 MiB (BulkCopy.Read)", () =>
        {
            fixed (byte* destination = MemoryMarshal.AsBytes(NewArray().AsSpan()))
                BulkCopy.Read(file, 0, destination, _settings.Bytes);
        });
        Measure("raw: sum of an array in use", () => Check(Worker.Sum(array)));
        Measure("raw: sum through a new mapping", () =>
        {
            using var mapping = UnixMapping.Create(file, 0, _settings.Bytes);
            Check(Worker.Sum(new ReadOnlySpan<double>(mapping.Pointer, _source.Length)));
        });
    }

    private void Store()
    {
        BufferRef buffer = default;
        Measure("store: write, new pages", () => buffer = _storeThatForgets.Write(ref SourceBytes[0], _settings.Bytes));
        Measure("store: delete, unlinked", () => _storeThatForgets.Delete(buffer.Segment));
        _store.Delete(_store.Write(ref SourceBytes[0], _settings.Bytes).Segment);
        Measure("store: write, recycled pages", () => buffer = _store.Write(ref SourceBytes[0], _settings.Bytes));
        Measure("store: read into a new double[]", () => _store.Read(buffer, ref MemoryMarshal.AsBytes(NewArray().AsSpan())[0]));
        Measure("store: delete, recycled", () => _store.Delete(buffer.Segment));
    }

    private void Small()
    {
        const int Count = 1000;
        var bytes = new byte[64 << 10];
        var buffers = new BufferRef[Count];
        Measure($"store: {Count} writes of 64 KiB", () =>
        {
            for (var i = 0; i < Count; i++)
                buffers[i] = _store.Write(ref bytes[0], bytes.Length);
        });
        Measure($"store: {Count} reads of 64 KiB", () =>
        {
            foreach (var buffer in buffers)
                _store.Read(buffer, ref bytes[0]);
        });
        Measure($"store: {Count} mappings of 64 KiB", () =>
        {
            foreach (var buffer in buffers)
                ((IDisposable)_store.Map(buffer)).Dispose();
        });
        Measure($"store: {Count} deletions of 64 KiB", () =>
        {
            foreach (var buffer in buffers)
                _store.Delete(buffer.Segment);
        });
        Measure("store: create and dispose a session", () => SegmentStore.Create(new ObjectStoreOptions()).Dispose());
    }

    private void EndToEnd()
    {
        EndToEnd("new pages", _storeThatForgets, _workerThatForgets);
        EndToEnd("recycled pages", _store, _worker);
    }

    private void EndToEnd(string pages, SegmentStore store, Process worker)
    {
        foreach (var how in (ReadOnlySpan<string>)["array", "mapped"])
        {
            BufferRef buffer = default;
            Measure($"two processes: write, {(how == "array" ? "read as double[]" : "map")}, sum, answer; {pages}", () =>
            {
                buffer = store.Write(ref SourceBytes[0], _settings.Bytes);
                worker.StandardInput.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{how} {(long)buffer.Segment.Value} {buffer.Offset} {buffer.Length}"));
                worker.StandardInput.Flush();
                Check(double.Parse(worker.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture));
            });
            store.Delete(buffer.Segment);
        }
    }

    private void Measure(string name, Action action)
    {
        var started = Stopwatch.GetTimestamp();
        action();
        var elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        if (!_milliseconds.TryGetValue(name, out var all))
            _milliseconds[name] = all = [];
        all.Add(elapsed);
    }

    private void Print()
    {
        Console.WriteLine($"{_settings.Bytes >> 20} MiB, {_settings.Runs} runs, {Environment.ProcessorCount} cores, .NET {Environment.Version}, {RuntimeInformation.OSDescription}");
        Console.WriteLine();
        Console.WriteLine("| what | median ms | best ms | worst ms |");
        Console.WriteLine("|---|---:|---:|---:|");
        foreach (var (name, all) in _milliseconds)
        {
            all.Sort();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {all[all.Count / 2]:F1} | {all[0]:F1} | {all[^1]:F1} |"));
        }
    }

    private SafeFileHandle FreshFile()
    {
        File.Delete(_rawPath);
        return File.OpenHandle(_rawPath, FileMode.CreateNew, FileAccess.ReadWrite);
    }

    private void WriteRaw(SafeFileHandle file, int chunk)
    {
        var source = SourceBytes;
        for (var offset = 0; offset < source.Length; offset += chunk)
            RandomAccess.Write(file, source.Slice(offset, Math.Min(chunk, source.Length - offset)), offset);
    }

    private void CopyToMapping(SafeFileHandle file)
    {
        using var mapped = MemoryMappedFile.CreateFromFile(
            file, null, 0, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        using var view = mapped.CreateViewAccessor();
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        SourceBytes.CopyTo(new Span<byte>(start, SourceBytes.Length));
        view.SafeMemoryMappedViewHandle.ReleasePointer();
    }

    private static void ReadRaw(SafeFileHandle file, double[] array)
    {
        const int Chunk = 2 << 20;
        var destination = MemoryMarshal.AsBytes(array.AsSpan());
        for (var offset = 0; offset < destination.Length; offset += Chunk)
            RandomAccess.Read(file, destination.Slice(offset, Math.Min(Chunk, destination.Length - offset)), offset);
    }

    private double[] NewArray() => GC.AllocateUninitializedArray<double>(_source.Length);

    private void Check(double sum)
    {
        if (sum != _sum)
            throw new InvalidOperationException($"The sum is {sum}, and should be {_sum}.");
    }
}
