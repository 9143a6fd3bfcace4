using Braid.Scheduling;

namespace Braid.Tests.Scheduling;

public class StructListTests
{
    [Fact]
    public void It_holds_what_was_added_in_its_order_however_much_it_grows()
    {
        var list = Of(0, 100_000);
        list.AddRange(Of(100_000, 40_000));
        list.AddRange(Of(0, 0));
        Assert.Equal(140_000, list.Count);
        Assert.Equal(Enumerable.Range(0, 140_000), list);
        Assert.Equal(139_999, list[139_999]);
        Assert.Throws<ArgumentOutOfRangeException>(() => list[140_000]);
        Assert.Throws<ArgumentOutOfRangeException>(() => list[-1]);
    }

    [Theory, InlineData(3), InlineData(100_000)]
    public void What_is_taken_away_is_gone_and_its_room_is_used_again(int count)
    {
        var list = Of(0, count);
        list.Truncate(2);
        list.AddRange(Of(7, 1));
        Assert.Equal([0, 1, 7], list);
        list.Clear();
        Assert.Empty(list);
        list.AddRange(Of(1, 2));
        Assert.Equal([1, 2], list);
    }

    private static StructList<int> Of(int first, int count)
    {
        var list = new StructList<int>();
        for (var i = first; i < first + count; i++)
            list.Add(i);
        return list;
    }
}
