namespace Braid.Examples.Tour;

/// <summary>Exceptions come back as themselves; what cannot travel, does not come back or takes too long is named.</summary>
internal static class ErrorsStop
{
    public static async Task RunAsync()
    {
        await using var cluster = await Cluster.StartAsync(new() { Workers = 2 });
        var zero = 0;
        await ShowAsync("a task throws", async () => await cluster.Submit(() => 1 / zero));

        using var file = File.OpenRead(typeof(ErrorsStop).Assembly.Location);
        await ShowAsync("a capture cannot travel", async () => await cluster.Submit(() => file.Length));

        var once = new TaskOptions { Name = "leaves", Retries = 0 };
        await ShowAsync("a worker dies", async () => await cluster.Submit(() => Environment.Exit(3), once));

        var brief = new TaskOptions { Name = "never ends", Timeout = TimeSpan.FromSeconds(0.2) };
        await ShowAsync("a task takes too long", async () => await cluster.Submit(token => Task.Delay(-1, token), brief));

        var patient = new TaskOptions { Retries = 2, RetryOn = exception => exception is IOException };
        Console.WriteLine($"retried: {await cluster.Submit(() => ThirdTime(), patient)}");
    }

    private static string ThirdTime() => TaskContext.Current!.Attempt is 3 and var attempt
        ? $"attempt {attempt} works"
        : throw new IOException("not yet");

    private static async Task ShowAsync(string what, Func<Task> failing)
    {
        try
        {
            await failing();
            Console.WriteLine($"{what}: nothing was thrown");
        }
        catch (Exception exception) when (exception is ArithmeticException or BraidException or TimeoutException)
        {
            Console.WriteLine($"{what}: {exception.GetType().Name}\n    {exception.Message.ReplaceLineEndings("\n    ")}");
        }
    }
}
