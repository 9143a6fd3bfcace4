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

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task UseAsync(Cluster cluster)
    {
        var data = cluster.Put(new byte[10 << 20]);
        for (var i = 0; i < 5; i++)
            Assert.Equal(10 << 20, await cluster.Submit(() => data.Value.Length));
        Assert.True(cluster.Describe().SharedBytes > 0);
    }
}
