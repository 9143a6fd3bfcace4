using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Braid.Celery.Tests.Workers;

public sealed class HostingTests
{
    internal sealed class Greeter
    {
        public string Greet(string name) => "Hello, " + name;
    }

    internal sealed class GreetingTasks(Greeter greeter)
    {
        [CeleryTask("greet")]
        public string Greet(string name) => greeter.Greet(name);

        [CeleryTask("greet_later")]
        public async Task<string> GreetLaterAsync(Person person)
        {
            await Task.Yield();
            return greeter.Greet($"{person.FirstName} ({person.Age})");
        }
    }

    internal sealed record Person(string FirstName, int Age = 7);

    [Fact]
    public async Task A_host_runs_a_worker_whose_tasks_are_made_from_its_services()
    {
        await using var app = Apps.New(Brokers.Redis);
        app.TasksOf<GreetingTasks>();
        var bye = app.Task("bye", (string name, [Service] Greeter greeter) => greeter.Greet(name) + ", and bye");
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton<Greeter>().AddCeleryWorker(app, new() { NodeName = $"host-{Guid.NewGuid():N}@test", Mingle = false });
        using var host = builder.Build();
        await host.StartAsync();
        Assert.Equal("Hello, Ada", await (await app.SendTaskAsync("greet", ["Ada"])).GetAsync<string>(TestTime.Limit));
        Assert.Equal("Hello, Ada (36)", await (await app.SendTaskAsync("greet_later", [], new Dictionary<string, object?> { ["first_name"] = "Ada", ["age"] = 36 })).GetAsync<string>(TestTime.Limit));
        Assert.Equal("Hello, Bo, and bye", await (await bye.DelayAsync("Bo")).GetAsync(TestTime.Limit));
        await host.StopAsync();
    }
}
