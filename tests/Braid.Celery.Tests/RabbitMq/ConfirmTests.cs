using Braid.Celery.Tests.Chaos;
using Braid.Celery.Wire;

namespace Braid.Celery.Tests.RabbitMq;

public sealed class ConfirmTests
{
    [Fact]
    public async Task A_task_is_sent_when_RabbitMQ_has_it_and_without_confirms_at_once()
    {
        await using var network = new FaultyNetwork(new Uri(Brokers.Url(Brokers.RabbitMq)));
        var queue = Brokers.NewQueue();
        await using var careful = new CeleryApp("confirms", network.Url, settings: new() { DefaultQueue = queue });
        await using var fast = new CeleryApp("confirms", network.Url, settings: new() { DefaultQueue = queue, ConfirmPublish = false });
        await careful.SendTaskAsync("work");
        await fast.SendTaskAsync("work");
        var end = new TaskCompletionSource();
        var pause = network.PauseAsync(end.Task);
        var confirmed = careful.SendTaskAsync("work");
        await fast.SendTaskAsync("work").WaitAsync(TestTime.Limit, TestContext.Current.CancellationToken);
        Assert.False(confirmed.IsCompleted);
        end.SetResult();
        await pause;
        await confirmed;
        await TestTime.UntilAsync(async () => await careful.Broker.CountAsync(queue, default) == 4, "all four are in the queue");
    }

    [Fact]
    public async Task What_a_beat_sends_is_confirmed_whatever_the_settings_say()
    {
        await using var app = new CeleryApp("confirms", settings: new() { ConfirmPublish = false });
        Assert.False(MessageBuilder.Build(app, "work", [], new Dictionary<string, object?>(), []).Confirm);
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        var file = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        await app.RunBeatAsync(new() { ScheduleFile = file }, stop.Token);
        Assert.True(MessageBuilder.Build(app, "work", [], new Dictionary<string, object?>(), []).Confirm);
    }
}
