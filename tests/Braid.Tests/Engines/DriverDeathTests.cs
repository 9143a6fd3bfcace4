using System.Diagnostics;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Braid.Tests.Engines;

/// <summary>The driver as a process of its own: killed, and rebuilt while it runs.</summary>
public class DriverDeathTests
{
    private const string Driver = "Braid.Tests.Driver";

    public static TheoryData<string> Engines => EngineNames.Both;

    [Theory(Timeout = Until.TestMs), InlineData(false), InlineData(true)]
    public async Task When_the_driver_is_killed_its_workers_its_shared_memory_and_its_spilled_files_are_gone_within_a_second(bool isOneStopped)
    {
        // A short path, for it has the workers' socket in it.
        var folder = Directory.CreateTempSubdirectory("bd-");
        string[] roots = [Path.Combine(folder.FullName, "memory"), Path.Combine(folder.FullName, "spill")];
        foreach (var root in roots)
            Directory.CreateDirectory(root);
        using var driver = Start(AppContext.BaseDirectory, "hold", folder.FullName);
        var workers = Array.Empty<int>();
        try
        {
            while (await driver.StandardOutput.ReadLineAsync() is { } line)
            {
                if (!line.StartsWith("ready ", StringComparison.Ordinal))
                    continue;
                workers = [.. line.Split(' ')[1..].Select(int.Parse)];
                break;
            }

            Assert.Equal(2, workers.Length);
            // A segment of a megabyte in each: a value is in memory, another on disk.
            Assert.All(roots, root => Assert.Contains(FilesOf(root), file => new FileInfo(file).Length > 1 << 20));
            if (isOneStopped)
                await Process.Start("kill", ["-STOP", $"{workers[0]}"]).WaitForExitAsync();
        }
        finally
        {
            driver.Kill();
        }

        await Until.TrueAsync(() => !Lives(driver.Id));
        var died = Stopwatch.GetTimestamp();
        await Until.TrueAsync(() => !workers.Any(Lives) && roots.All(root => Directory.GetFileSystemEntries(root).Length == 0));
        var elapsed = Stopwatch.GetElapsedTime(died);
        TestContext.Current.TestOutputHelper?.WriteLine($"All was gone {elapsed.TotalMilliseconds:N0} ms after the driver.");
        // The promise of docs/design/engines.md.
        Assert.InRange(elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        folder.Delete(recursive: true);

        static string[] FilesOf(string root) => Directory.GetFiles(root, "*", SearchOption.AllDirectories);
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task A_driver_that_is_killed_while_its_cluster_starts_leaves_nothing_either()
    {
        for (var round = 0; round < 5; round++)
        {
            var folder = Directory.CreateTempSubdirectory("bd-");
            string[] roots = [Path.Combine(folder.FullName, "memory"), Path.Combine(folder.FullName, "spill")];
            foreach (var root in roots)
                Directory.CreateDirectory(root);
            using (var driver = Start(AppContext.BaseDirectory, "hold", folder.FullName))
            {
                // From when there is a worker, which knows what to clear away before it has met its driver.
                await Until.TrueAsync(() => RunningCluster.WorkersOf(folder.FullName).Length > round % 2);
                driver.Kill();
                await Until.TrueAsync(() => !Lives(driver.Id));
            }

            var died = Stopwatch.GetTimestamp();
            await Until.TrueAsync(() => RunningCluster.WorkersOf(folder.FullName).Length == 0);
            Assert.All(roots, root => Assert.Empty(Directory.GetFileSystemEntries(root)));
            Assert.InRange(Stopwatch.GetElapsedTime(died), TimeSpan.Zero, TimeSpan.FromSeconds(1));
            folder.Delete(recursive: true);
        }
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_driver_that_goes_on_keeps_no_thread_and_no_descriptor_of_its_clusters(string engine)
    {
        using var driver = Start(AppContext.BaseDirectory, "outlive", engine);
        var left = await driver.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await driver.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal((0, ""), (driver.ExitCode, left));
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task A_worker_built_from_other_code_says_so()
    {
        using var folder = new Objects.TemporaryFolder();
        foreach (var file in Directory.GetFiles(AppContext.BaseDirectory).Where(IsNeeded))
            File.Copy(file, Path.Combine(folder.Path, Path.GetFileName(file)));
        using var driver = Start(folder.Path, "rebuilt");
        Assert.Equal("ready", await driver.StandardOutput.ReadLineAsync());
        ChangeBuild(Path.Combine(folder.Path, Driver + ".dll"));
        await driver.StandardInput.WriteLineAsync("go on");
        var said = await driver.StandardOutput.ReadToEndAsync();
        await driver.WaitForExitAsync();
        Assert.True(driver.ExitCode == 0, said);
        Assert.Contains(Driver, said, StringComparison.Ordinal);
        Assert.Contains("Rebuild", said, StringComparison.Ordinal);

        static bool IsNeeded(string file) =>
            Path.GetFileName(file) is var name && (name.StartsWith(Driver, StringComparison.Ordinal) || name is "Braid.dll" || name.StartsWith("Braid.Worker.", StringComparison.Ordinal));
    }

    private static Process Start(string folder, params string[] mode)
    {
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        return Process.Start(new ProcessStartInfo(dotnet, ["exec", Path.Combine(folder, Driver + ".dll"), .. mode])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        })!;
    }

    /// <summary>One that has ended may stay in the list of processes until the system's first one has taken note of it.</summary>
    private static bool Lives(int process)
    {
        try
        {
            var status = File.ReadAllText($"/proc/{process}/stat");
            return status[(status.LastIndexOf(')') + 2)..][0] is not ('Z' or 'X');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Puts a file in its place that is the same but for its module version id, as another build is.</summary>
    private static void ChangeBuild(string path)
    {
        var bytes = File.ReadAllBytes(path);
        using var image = new PEReader(new MemoryStream(bytes));
        var metadata = image.GetMetadataReader();
        var id = metadata.GetGuid(metadata.GetModuleDefinition().Mvid);
        Guid.NewGuid().TryWriteBytes(bytes.AsSpan(bytes.AsSpan().IndexOf(id.ToByteArray())));
        // Another file under the same name: the driver goes on with the one that it has opened.
        File.Delete(path);
        File.WriteAllBytes(path, bytes);
    }
}
