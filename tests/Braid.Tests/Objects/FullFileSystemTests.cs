using System.ComponentModel;
using System.Diagnostics;
using Braid.Objects;
using static Braid.Tests.Objects.StoreFixture;

namespace Braid.Tests.Objects;

/// <summary>What happens when the file system itself is full, before any budget is: on real ones, of one megabyte.</summary>
public class FullFileSystemTests
{
    [Fact]
    public void When_shared_memory_is_full_values_go_to_disk()
    {
        using var small = SmallFileSystem.MountOrSkip();
        using var fixture = new StoreFixture(memoryRoot: small.Path);
        var buffer = Write(fixture.Store, Bytes(3_000_000));
        Assert.True(buffer.Segment.BornOnDisk);
        Assert.Equal(Bytes(3_000_000), Read(fixture.Store, buffer));
        Assert.Empty(fixture.MemoryFiles);
        Assert.Equal(0, fixture.Store.Usage.MemoryBytes);
    }

    [Fact]
    public void A_value_that_fills_shared_memory_halfway_keeps_what_was_written()
    {
        using var small = SmallFileSystem.MountOrSkip();
        using var fixture = new StoreFixture(memoryRoot: small.Path);
        using var writer = fixture.Store.BeginValue();
        var first = SegmentStoreTests.Append(writer, Bytes(600_000, 1));
        var second = SegmentStoreTests.Append(writer, Bytes(600_000, 2));
        writer.Complete();
        Assert.Equal((false, true), (first.Segment.BornOnDisk, second.Segment.BornOnDisk));
        Assert.Equal(Bytes(600_000, 1), Read(fixture.Store, first));
        Assert.Equal(Bytes(600_000, 2), Read(fixture.Store, second));
        Assert.Equal(600_064, new FileInfo(Path.Combine(fixture.Store.MemoryDirectory, first.Segment.FileName)).Length);
        Assert.Equal((600_064, 600_064), (fixture.Store.Usage.MemoryBytes, fixture.Store.Usage.DiskBytes));
    }

    [Fact]
    public void When_memory_and_disk_are_full_the_error_names_both_and_no_partial_file_stays()
    {
        using var memory = SmallFileSystem.MountOrSkip();
        using var disk = SmallFileSystem.MountOrSkip();
        using var fixture = new StoreFixture(memoryRoot: memory.Path, spillRoot: disk.Path);
        var full = Assert.Throws<ObjectStoreFullException>(() => Write(fixture.Store, Bytes(3_000_000)));
        Assert.Contains(memory.Path, full.Message, StringComparison.Ordinal);
        Assert.Contains(disk.Path, full.Message, StringComparison.Ordinal);
        Assert.Contains("3,000,000", full.Message, StringComparison.Ordinal);
        Assert.Empty(fixture.MemoryFiles);
        Assert.Empty(fixture.SpillFiles);
        Assert.Equal((0, 0), (fixture.Store.Usage.MemoryBytes, fixture.Store.Usage.DiskBytes));
        Assert.Equal(Bytes(300_000), Read(fixture.Store, Write(fixture.Store, Bytes(300_000))));
    }

    [Fact]
    public void Out_of_disk_while_spilling_leaves_the_value_in_memory_and_no_partial_file()
    {
        using var disk = SmallFileSystem.MountOrSkip();
        using var fixture = new StoreFixture(spillRoot: disk.Path);
        var buffer = Write(fixture.Store, Bytes(3_000_000));
        Assert.Throws<ObjectStoreFullException>(() => fixture.Store.Spill(buffer.Segment));
        Assert.Equal(Bytes(3_000_000), Read(fixture.Store, buffer));
        Assert.Empty(fixture.SpillFiles);
        Assert.Equal(0, fixture.Store.Usage.DiskBytes);
    }

    private sealed class SmallFileSystem : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public string Path => _folder.Path;

        public static SmallFileSystem MountOrSkip()
        {
            var small = new SmallFileSystem();
            if (OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", "size=1m", "braid-test", small.Path))
                return small;
            small._folder.Dispose();
            Assert.Skip("Needs Linux and the right to mount a file system of one megabyte (root).");
            return small;
        }

        public void Dispose()
        {
            Assert.True(Run("umount", "-l", Path), $"Could not unmount {Path}.");
            _folder.Dispose();
        }

        private static bool Run(string program, params string[] arguments)
        {
            try
            {
                using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
                process.StandardError.ReadToEnd();
                process.WaitForExit();
                return process.ExitCode == 0;
            }
            catch (Win32Exception)
            {
                return false; // no such program
            }
        }
    }
}
