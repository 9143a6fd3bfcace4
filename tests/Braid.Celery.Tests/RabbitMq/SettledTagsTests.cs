using Braid.Celery.Brokers;

namespace Braid.Celery.Tests.RabbitMq;

public sealed class SettledTagsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Tags_in_any_order_give_what_a_set_of_them_gives(int seed)
    {
        var random = new Random(seed);
        var tags = Enumerable.Range(1, 2_000).Select(t => (ulong)t).ToArray();
        random.Shuffle(tags);
        var settled = new SettledTags();
        var all = new HashSet<ulong>();
        foreach (var tag in tags)
        {
            settled.Add(tag);
            all.Add(tag);
            ulong upTo = 0;
            while (all.Contains(upTo + 1)) upTo++;
            Assert.Equal(upTo, settled.UpTo);
            Assert.Equal(all.Count(t => t > upTo && !all.Contains(t - 1)), settled.Runs);
        }
        Assert.Equal((2_000UL, 0), (settled.UpTo, settled.Runs));
    }

    [Fact]
    public void Behind_a_message_that_is_held_a_million_take_one_run()
    {
        var settled = new SettledTags();
        for (ulong tag = 2; tag <= 1_000_000; tag++) settled.Add(tag);
        Assert.Equal((0UL, 1), (settled.UpTo, settled.Runs));
        settled.Add(1);
        Assert.Equal((1_000_000UL, 0), (settled.UpTo, settled.Runs));
    }
}
