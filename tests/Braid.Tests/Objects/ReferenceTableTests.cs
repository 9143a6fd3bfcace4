using Braid.Objects;

namespace Braid.Tests.Objects;

public class ReferenceTableTests
{
    [Fact]
    public void An_object_is_freed_when_the_last_reference_from_anywhere_is_dropped()
    {
        var table = new ReferenceTable();
        table.Acquire(ReferenceTable.Driver, 7);
        table.Acquire(1, 7);
        Assert.True(table.Release(ReferenceTable.Driver, 7));
        Assert.Empty(table.Freed);
        Assert.True(table.Release(1, 7));
        Assert.Equal([7], table.Freed);
        Assert.Equal(0, table.Count);
    }

    [Fact]
    public void A_reference_on_its_way_outlives_the_drop_of_the_one_before_it()
    {
        var table = new ReferenceTable();
        table.Acquire(1, 7);
        table.Acquire(1, 7);
        Assert.True(table.Release(1, 7));
        Assert.Empty(table.Freed);
        Assert.Equal(1, table.CountOf(7));
    }

    [Fact]
    public void All_that_a_lost_worker_held_is_dropped_at_once()
    {
        var table = new ReferenceTable();
        table.Acquire(1, 7, 3);
        table.Acquire(1, 8);
        table.Acquire(2, 8);
        table.Lost(1);
        table.Lost(1);
        Assert.Equal([7], table.Freed);
        Assert.Equal((0, 1), (table.HeldBy(1), table.HeldBy(2)));
        Assert.False(table.Release(1, 8));
        Assert.Equal(1, table.CountOf(8));
    }

    [Fact]
    public void More_drops_than_references_are_reported_and_take_nothing_from_others()
    {
        var table = new ReferenceTable();
        table.Acquire(1, 7);
        table.Acquire(2, 7);
        Assert.False(table.Release(1, 7, 5));
        Assert.False(table.Release(3, 7));
        Assert.Equal(1, table.CountOf(7));
        Assert.Empty(table.Freed);
    }

    [Fact]
    public void Any_sequence_agrees_with_counting_by_hand()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var table = new ReferenceTable();
            var model = new Dictionary<(int Holder, long Id), long>();
            for (var step = 0; step < 300; step++)
            {
                var (holder, id, count) = (random.Next(4), (long)random.Next(6), random.Next(1, 4));
                var before = model.GetValueOrDefault((holder, id));
                var idsBefore = model.Keys.Select(key => key.Id).ToHashSet();
                switch (random.Next(8))
                {
                    case 0:
                        table.Lost(holder);
                        foreach (var key in model.Keys.Where(key => key.Holder == holder).ToArray())
                            model.Remove(key);
                        break;
                    case < 4:
                        table.Acquire(holder, id, count);
                        model[(holder, id)] = before + count;
                        break;
                    default:
                        Assert.Equal(before >= count, table.Release(holder, id, count));
                        model.Remove((holder, id));
                        if (before > count)
                            model[(holder, id)] = before - count;
                        break;
                }

                table.Validate();
                idsBefore.ExceptWith(model.Keys.Select(key => key.Id));
                Assert.True(idsBefore.SetEquals(table.Freed), $"Seed {seed}, step {step}: freed [{string.Join(", ", table.Freed)}], expected [{string.Join(", ", idsBefore)}].");
                table.Freed.Clear();
                for (var each = 0L; each < 6; each++)
                    Assert.Equal(model.Where(entry => entry.Key.Id == each).Sum(entry => entry.Value), table.CountOf(each));
            }
        }
    }
}
