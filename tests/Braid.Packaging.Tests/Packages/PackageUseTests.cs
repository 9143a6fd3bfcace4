namespace Braid.Tests.Packages;

/// <summary>A user's new project: it installs the package and runs tasks on worker processes, in every form that it can be shipped in.</summary>
public sealed class PackageUseTests(PackagesFixture packages)
{
    private const string Program = """
        using Braid;

        Console.WriteLine("main");
        await using var cluster = await Cluster.StartAsync(new() { Workers = 2 });
        var here = Environment.ProcessId;
        var six = cluster.Submit(() => 6);
        var answer = cluster.Submit(() => (six.Value * 7, Environment.ProcessId != here));
        Console.WriteLine(await answer);
        """;

    private const string Expected = "main\n(42, True)\n";

    [Fact]
    public async Task It_runs_as_built()
    {
        var project = packages.NewProject("Built", "Braid", Program);
        await Command.OutputOfAsync(project, "dotnet", "build", "-c", "Release", "-o", "out", "--disable-build-servers");
        Assert.Equal(Expected, await Command.OutputOfAsync(project, Path.Combine(project, "out", "Built")));
        Assert.Equal(Expected, await Command.OutputOfAsync(project, "dotnet", Path.Combine("out", "Built.dll")));
        Assert.True(File.Exists(Path.Combine(project, "out", "Braid.Worker.dll")));
    }

    [Theory]
    [InlineData("Folder")]
    [InlineData("SelfContained", "--self-contained")]
    [InlineData("SingleFile", "-p:PublishSingleFile=true", "--no-self-contained")]
    [InlineData("SelfContainedSingleFile", "-p:PublishSingleFile=true", "--self-contained")]
    public async Task It_runs_as_published(string name, params string[] options)
    {
        var project = packages.NewProject(name, "Braid", Program);
        await Command.OutputOfAsync(project, "dotnet", ["publish", "-c", "Release", "--use-current-runtime", "-o", "out", "--disable-build-servers", .. options]);
        if (name.EndsWith("SingleFile", StringComparison.Ordinal))
            Assert.DoesNotContain(Directory.EnumerateFiles(Path.Combine(project, "out")), file => file.EndsWith(".dll", StringComparison.Ordinal));
        Assert.Equal(Expected, await Command.OutputOfAsync(Path.GetTempPath(), Path.Combine(project, "out", name)));
    }

    /// <summary>No MPI is needed: the tool, installed from its package, starts the ranks.</summary>
    [Fact]
    public async Task Ranks_run_by_the_tool()
    {
        var project = packages.NewProject("Ranks", "Braid.Mpi", """
            using Braid.Mpi;

            var world = Mpi.World;
            var names = world.AllGatherObjects($"rank {world.Rank}");
            Console.WriteLine($"{names[world.Rank]} of {world.Size}: {world.AllReduce(world.Rank + 1, Op.Sum)}");
            """);
        await Command.OutputOfAsync(project, "dotnet", "build", "-c", "Release", "-o", "out", "--disable-build-servers");
        var tool = await packages.InstallToolAsync(project, "braid-mpi");
        var said = await Command.OutputOfAsync(project, tool, "run", "-n", "3", "--", "dotnet", Path.Combine("out", "Ranks.dll"));
        Assert.Equal(["rank 0 of 3: 6", "rank 1 of 3: 6", "rank 2 of 3: 6"], said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
        Assert.Equal("rank 0 of 1: 1\n", await Command.OutputOfAsync(project, "dotnet", Path.Combine("out", "Ranks.dll")));
    }

    /// <summary>No broker is needed: the tool, installed from its package, says what it found in the app.</summary>
    [Fact]
    public async Task An_app_is_loaded_by_the_tool()
    {
        var project = packages.NewProject("Shop", "Braid.Celery", """
            using Braid.Celery;

            await Tasks.App.DisposeAsync();

            static class Tasks
            {
                public static CeleryApp App { get; } = Create();

                static CeleryApp Create()
                {
                    var app = new CeleryApp("shop", "redis://localhost/0");
                    var add = app.Task("add", (int x, int y) => x + y);
                    app.AddPeriodicTask("sometimes", Schedule.Crontab(minute: "0"), add.S(2, 2));
                    return app;
                }
            }
            """);
        await Command.OutputOfAsync(project, "dotnet", "build", "-c", "Release", "-o", "out", "--disable-build-servers");
        var tool = await packages.InstallToolAsync(project, "braid-celery");
        Assert.Contains("shop: 1 tasks, 1 periodic", await Command.OutputOfAsync(project, tool, "-A", "out/Shop.dll", "report"), StringComparison.Ordinal);
        Assert.Contains("shop: 1 tasks, 1 periodic", await Command.OutputOfAsync(project, tool, "-A", "out/Shop.dll:Tasks.App", "report"), StringComparison.Ordinal);
    }
}
