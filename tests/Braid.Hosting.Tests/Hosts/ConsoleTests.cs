using System.Diagnostics;

namespace Braid.Tests.Hosts;

/// <summary>Every way to start a console program. Its <c>Main</c> runs once, whatever its workers are started from.</summary>
public sealed class ConsoleTests(ConsoleFixture fixture) : IClassFixture<ConsoleFixture>
{
    private const string Expected = "(42, True)\n";

    private Application App => fixture.Application;

    [Fact]
    public Task By_its_own_executable() => RunsAsync(App.Folder, App.Executable);

    [Fact]
    public Task By_dotnet_and_its_assembly() => RunsAsync(App.PathOf("out"), "dotnet", "App.dll");

    [Fact]
    public Task By_dotnet_run() =>
        // As built, so that what runs is what the others run.
        RunsAsync(App.Folder, "dotnet", "run", "-c", "Release", "--no-build", "--property:OutputPath=out/", "--");

    [Fact]
    public Task From_another_folder() => RunsAsync(Path.GetTempPath(), "dotnet", Path.GetRelativePath(Path.GetTempPath(), App.Assembly));

    [Fact]
    public Task Through_a_symbolic_link_to_the_executable() =>
        RunsAsync(App.Folder, File.CreateSymbolicLink(App.PathOf("link"), App.Executable).FullName);

    [Fact]
    public Task Through_a_symbolic_link_to_the_folder() =>
        RunsAsync(App.Folder, Path.Combine(Directory.CreateSymbolicLink(App.PathOf("linked folder"), App.PathOf("out")).FullName, "App"));

    [Fact]
    public Task By_dotnet_exec_with_files_of_other_names()
    {
        var deps = Copy("App.deps.json", "other.json");
        var runtime = Copy("App.runtimeconfig.json", "runtime.json");
        return RunsAsync(App.Folder, "dotnet", "exec", "--depsfile", deps, "--runtimeconfig", runtime, App.Assembly);
    }

    [Theory]
    [InlineData("App")]
    [InlineData("dotnet", "App.dll")]
    public async Task Without_a_list_of_its_dependencies(string program, params string[] arguments)
    {
        var folder = CopyOfOut("without deps " + program);
        File.Delete(Path.Combine(folder, "App.deps.json"));
        await RunsAsync(folder, program == "App" ? Path.Combine(folder, program) : program, arguments);
    }

    [Fact]
    public async Task A_program_that_leaves_without_a_word_leaves_nothing_behind()
    {
        var memory = Directory.CreateDirectory(App.PathOf("memory")).FullName;
        var journal = App.PathOf("journal of leaving.txt");
        var lines = (await Command.OutputOfAsync(App.Folder, App.Executable, journal, "leave", memory)).Split('\n');
        Assert.Equal("(42, True)", lines[0]);
        var workers = lines[1].Split(' ').Select(int.Parse).ToArray();
        Assert.Equal(2, workers.Length);
        // They may take half a second by design, and longer on a busy machine.
        await UntilAsync(() => !workers.Any(IsRunning) && Directory.GetFileSystemEntries(memory).Length == 0);
        Assert.Equal(["main"], await File.ReadAllLinesAsync(journal, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_program_compiled_ahead_of_time_is_told_what_to_do_instead()
    {
        // What NativeAOT sets for good, a runtime configuration can set too: this is not a published NativeAOT program.
        var errors = await FailsAsync(CopyOfOut("ahead of time"), "System.Runtime.CompilerServices.RuntimeFeature.IsDynamicCodeSupported", "App.dll");
        Assert.Contains("NativeAOT", errors, StringComparison.Ordinal);
        Assert.Contains("Engine.InProcess", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trimmed_program_without_startup_hooks_is_told_which_property_to_set()
    {
        var folder = CopyOfOut("trimmed");
        File.Delete(Path.Combine(folder, "App.deps.json"));
        var errors = await FailsAsync(folder, "System.StartupHookProvider.IsSupported", "App.dll");
        Assert.Contains("<StartupHookSupport>true</StartupHookSupport>", errors, StringComparison.Ordinal);
    }

    private async Task RunsAsync(string folder, string program, params string[] arguments)
    {
        var journal = App.PathOf($"journal {Guid.NewGuid()}.txt");
        Assert.Equal(Expected, await Command.OutputOfAsync(folder, program, [.. arguments, journal]));
        Assert.Equal(["main"], await File.ReadAllLinesAsync(journal, TestContext.Current.CancellationToken));
    }

    private static async Task<string> FailsAsync(string folder, string feature, string assembly)
    {
        var path = Path.Combine(folder, "App.runtimeconfig.json");
        var text = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        var properties = text.IndexOf("\"configProperties\": {", StringComparison.Ordinal) + "\"configProperties\": {".Length;
        await File.WriteAllTextAsync(path, text.Insert(properties, $"\"{feature}\": false,"), TestContext.Current.CancellationToken);
        var command = await Command.RunAsync(folder, "dotnet", assembly, Path.Combine(folder, "journal.txt"));
        Assert.NotEqual(0, command.ExitCode);
        Assert.Contains(nameof(PlatformNotSupportedException), command.Errors, StringComparison.Ordinal);
        return command.Errors;
    }

    private string Copy(string file, string name)
    {
        File.Copy(App.PathOf("out", file), App.PathOf("out", name), overwrite: true);
        return App.PathOf("out", name);
    }

    private string CopyOfOut(string name)
    {
        var folder = Directory.CreateDirectory(App.PathOf(name)).FullName;
        foreach (var file in Directory.EnumerateFiles(App.PathOf("out")))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        return folder;
    }

    private static bool IsRunning(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        while (!condition())
            await Task.Delay(10, limit.Token);
    }
}
