namespace Braid.Tests.Hosts;

/// <summary>A web server, with a <c>Main</c> in a class and the server's garbage collector, as ASP.NET Core has it.</summary>
public sealed class WebTests
{
    private const string Program = """
        using System.Runtime;
        using Braid;

        internal static class Program
        {
            private static async Task Main(string[] args)
            {
                File.AppendAllText(args[0], "main\n");
                var builder = WebApplication.CreateSlimBuilder();
                builder.Logging.ClearProviders();
                builder.WebHost.UseUrls("http://127.0.0.1:0");
                await using var cluster = await Cluster.StartAsync(new() { Workers = 2 });
                builder.Services.AddSingleton(cluster);
                await using var web = builder.Build();
                web.MapGet("/double/{number:int}", async (int number, Cluster workers) =>
                    await workers.Submit(() => $"{2 * number} {GCSettings.IsServerGC}"));
                await web.StartAsync();
                using var client = new HttpClient();
                Console.WriteLine($"{await client.GetStringAsync(web.Urls.Single() + "/double/21")} {GCSettings.IsServerGC}");
            }
        }
        """;

    [Fact]
    public async Task An_ASPNET_Core_application_runs_tasks_and_only_it_has_the_servers_heap()
    {
        using var web = await Application.BuildAsync("Web", Program, "Microsoft.NET.Sdk.Web");
        // The runtime has no server's collector on a machine of one core.
        var server = Environment.ProcessorCount > 1;
        Assert.Equal($"42 False {server}\n", await Command.OutputOfAsync(web.Folder, web.Executable, web.Journal));
        Assert.Equal(["main"], await File.ReadAllLinesAsync(web.Journal, TestContext.Current.CancellationToken));
    }
}
