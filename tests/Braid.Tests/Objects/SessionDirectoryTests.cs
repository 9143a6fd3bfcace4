using System.Diagnostics;
using Braid.Objects;

namespace Braid.Tests.Objects;

public class SessionDirectoryTests
{
    [Fact]
    public void It_is_private_to_its_user_and_its_name_cannot_be_guessed()
    {
        using var folder = new TemporaryFolder();
        using var one = SessionDirectory.Create(folder.Path);
        using var two = SessionDirectory.Create(folder.Path);
        Assert.NotEqual(one.Path, two.Path);
        Assert.Equal("braid-".Length + 32, Path.GetFileName(one.Path).Length);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(one.Path));
    }

    [Fact]
    public void A_living_session_survives_every_sweep()
    {
        using var folder = new TemporaryFolder();
        using var living = SessionDirectory.Create(folder.Path);
        Assert.Equal(0, SessionDirectory.Sweep(folder.Path));
        Assert.False(SessionDirectory.TryDestroy(living.Path));
        Assert.True(Directory.Exists(living.Path));
    }

    [Fact]
    public void The_directory_of_a_dead_session_is_removed_with_all_that_is_in_it()
    {
        using var folder = new TemporaryFolder();
        var dead = MakeDead(folder.Path);
        Directory.CreateDirectory(Path.Combine(dead, "recycled"));
        File.WriteAllText(Path.Combine(dead, "recycled", "segment"), "bytes");
        using var living = SessionDirectory.Create(folder.Path);
        Assert.Equal(1, SessionDirectory.Sweep(folder.Path));
        Assert.Equal([living.Path], Directory.GetDirectories(folder.Path));
    }

    [Fact]
    public void A_removal_that_was_cut_short_is_finished_by_the_next()
    {
        using var folder = new TemporaryFolder();
        var dead = MakeDead(folder.Path);
        File.Delete(Path.Combine(dead, "lock"));
        Assert.Equal(1, SessionDirectory.Sweep(folder.Path));
    }

    [Fact]
    public void A_start_that_was_cut_short_is_removed_when_it_is_old_and_left_alone_when_it_is_young()
    {
        using var folder = new TemporaryFolder();
        var unborn = folder.Sub(".braid-new-00112233445566778899aabbccddeeff");
        Assert.Equal(0, SessionDirectory.Sweep(folder.Path));
        Directory.SetLastWriteTimeUtc(unborn, DateTime.UtcNow.AddHours(-2));
        Assert.Equal(1, SessionDirectory.Sweep(folder.Path));
    }

    [Fact]
    public void What_only_looks_like_a_session_is_left_alone()
    {
        using var folder = new TemporaryFolder();
        using var elsewhere = new TemporaryFolder();
        folder.Sub("braid-work");
        folder.Sub("braid-notahexadecimalnameofthirtytwoc");
        File.WriteAllText(Path.Combine(elsewhere.Path, "lock"), "");
        Directory.CreateSymbolicLink(Path.Combine(folder.Path, "braid-00112233445566778899aabbccddeeff"), elsewhere.Path);
        Assert.Equal(0, SessionDirectory.Sweep(folder.Path));
        Assert.True(File.Exists(Path.Combine(elsewhere.Path, "lock")));
    }

    [Fact]
    public async Task Many_sweeps_at_once_remove_each_dead_session_and_no_living_one()
    {
        using var folder = new TemporaryFolder();
        for (var i = 0; i < 40; i++)
            MakeDead(folder.Path);
        var living = new SessionDirectory[8];
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() =>
        {
            living[i] = SessionDirectory.Create(folder.Path);
            SessionDirectory.Sweep(folder.Path);
        })));
        Assert.Equal(living.Select(directory => directory.Path).Order(), Directory.GetDirectories(folder.Path).Order());
        foreach (var directory in living)
            directory.Dispose();
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void The_lock_goes_with_the_process_that_held_it()
    {
        if (!File.Exists("/usr/bin/flock"))
            Assert.Skip("Needs flock(1) as another process that holds the lock.");

        using var folder = new TemporaryFolder();
        var path = MakeDead(folder.Path);
        using var owner = Process.Start(new ProcessStartInfo("/usr/bin/flock", ["-x", Path.Combine(path, "lock"), "sh", "-c", "echo held; exec cat"])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        })!;
        Assert.Equal("held", owner.StandardOutput.ReadLine());
        Assert.False(SessionDirectory.TryDestroy(path));
        owner.StandardInput.Close();
        Assert.True(SessionDirectory.TryDestroy(path, TimeSpan.FromSeconds(10)));
        Assert.False(Directory.Exists(path));
        owner.WaitForExit();
    }

    [Fact]
    public void A_worker_cannot_destroy_the_store_of_a_living_driver_and_the_driver_removes_both_directories()
    {
        using var fixture = new StoreFixture();
        StoreFixture.Write(fixture.Store, new byte[100_000]);
        SegmentStore.Destroy(fixture.Store.MemoryDirectory, fixture.Store.SpillDirectory);
        Assert.Single(fixture.MemoryFiles);
        fixture.Store.Dispose();
        Assert.Empty(Directory.GetFileSystemEntries(fixture.MemoryRoot));
        Assert.Empty(Directory.GetFileSystemEntries(fixture.SpillRoot));
    }

    /// <summary>What a session leaves when its process is killed: everything, and nobody holds the lock.</summary>
    private static string MakeDead(string root)
    {
        var path = Directory.CreateDirectory(Path.Combine(root, "braid-" + Guid.NewGuid().ToString("n"))).FullName;
        File.WriteAllText(Path.Combine(path, "lock"), "");
        File.WriteAllText(Path.Combine(path, "segment"), "bytes");
        return path;
    }
}
