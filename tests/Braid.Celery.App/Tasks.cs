using Braid.Celery.Redis;

namespace Braid.Celery.TestApp;

/// <summary>An app as a user's DLL has it. What differs from test to test comes in the environment.</summary>
internal static class Tasks
{
    internal static CeleryApp App { get; } = Create();

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name);

    internal static CeleryApp Create()
    {
        var settings = new CelerySettings { DefaultQueue = Variable("QUEUE") ?? "celery", AcksLate = Variable("ACKS_LATE") is not null };
        if (double.TryParse(Variable("VISIBILITY"), out var seconds)) settings = settings with { VisibilityTimeout = TimeSpan.FromSeconds(seconds) };
        var app = new CeleryApp(Variable("APP") ?? "testapp", Variable("BROKER") ?? "amqp://guest@localhost//", Variable("BACKEND"), settings);
        var add = app.Task("cli.add", (int x, int y) => x + y);
        app.Task("cli.fail", (Func<int>)(() => throw new TaskException("ValueError", "builtins", "boom")));
        app.Task("cli.pid", () => Environment.ProcessId);
        // A ledger: how often each task ran, in the result backend's Redis.
        var ledger = new Lazy<RedisClient>(() => new RedisClient(RedisEndpoint.Parse(Variable("LEDGER")!), "ledger", TimeProvider.System));
        app.Task("chaos.note", async (string key, int n) =>
        {
            await ledger.Value.ExecuteAsync(new RedisCommand("HINCRBY", key, n, 1), 100);
            await Task.Delay(5);
            return n;
        });
        app.AddPeriodicTask("tick", Schedule.Every(TimeSpan.FromMilliseconds(100)), add.S(1, 2));
        return app;
    }
}
