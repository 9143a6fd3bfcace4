using System.Runtime.CompilerServices;

namespace Braid.Tests.Engines;

public class ReferenceLifeTests
{
    [Fact]
    public async Task A_value_that_tasks_captured_is_freed_once_nothing_can_reach_it()
    {
        await using var cluster = await Cluster.StartAsync(new() { Workers = 1 });
        await UseAsync(cluster);
        await Until.TrueAsync(() =>
        {
            cluster.Submit(static () => GC.Collect()).AsTask().GetAwaiter().GetResult();
            GC.Collect();
            return cluster.Describe().SharedBytes == 0;
        });
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task A_worker_that_has_nothing_to_do_lets_go_of_what_its_tasks_captured()
    {
        await using var cluster = await Cluster.StartAsync(new() { Workers = 2 });
        await UseAsync(cluster);
        await Until.TrueAsync(() =>
        {
            // Only this process is made to collect: the workers do it by themselves.
            GC.Collect();
            return cluster.Describe().SharedBytes == 0;
        });
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task UseAsync(Cluster cluster)
    {
        var data = cluster.Put(new byte[10 << 20]);
        for (var i = 0; i < 5; i++)
            Assert.Equal(10 << 20, await cluster.Submit(() => data.Value.Length));
        Assert.True(cluster.Describe().SharedBytes > 0);
    }
}
