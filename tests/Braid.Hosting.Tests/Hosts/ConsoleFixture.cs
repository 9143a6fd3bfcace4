namespace Braid.Tests.Hosts;

/// <summary>A console program with top-level statements, built once: <c>App JOURNAL MODE FOLDER</c>.</summary>
public sealed class ConsoleFixture : IAsyncLifetime
{
    private const string Program = """
        using Braid;

        File.AppendAllText(args[0], "main\n");
        var mode = args.Length > 1 ? args[1] : "";
        var store = new ObjectStoreOptions { MemoryDirectory = args.Length > 2 ? args[2] : null };
        var cluster = await Cluster.StartAsync(new() { Workers = 2, Store = store });
        var six = cluster.Submit(() => 6);
        var seven = 7;
        var here = Environment.ProcessId;
        Console.WriteLine(await cluster.Submit(() => (six.Value * seven, Environment.ProcessId != here)));
        if (mode == "leave")
        {
            // No word of farewell to the cluster.
            Console.WriteLine(string.Join(' ', cluster.Describe().Workers.Select(worker => worker.ProcessId)));
            return;
        }

        await cluster.DisposeAsync();
        """;

    internal Application Application { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Application = await Application.BuildAsync("App", Program);

    public ValueTask DisposeAsync()
    {
        Application.Dispose();
        return ValueTask.CompletedTask;
    }
}
