using Braid.Objects;

namespace Braid.Tests.Objects;

public class ObjectLedgerTests
{
    private ulong _count;

    [Fact]
    public void Below_seven_eighths_of_the_budget_nothing_is_spilled()
    {
        var ledger = new ObjectLedger(800);
        Add(ledger, 700);
        Assert.Empty(ledger.Commands);
        Assert.Equal((700, 0, 1), (ledger.BytesInMemory, ledger.BytesOnDisk, ledger.Count));
    }

    [Fact]
    public void Above_it_the_oldest_values_go_until_three_quarters_are_left()
    {
        var ledger = new ObjectLedger(800);
        var values = Enumerable.Range(0, 7).Select(_ => Add(ledger, 100)).ToArray();
        Add(ledger, 100);
        Assert.Equal([values[0], values[1]], Take(ledger, LedgerCommandKind.Spill));
        Assert.Equal(800, ledger.BytesInMemory);
        ledger.Spilled(values[0]);
        ledger.Spilled(values[1]);
        Assert.Equal((600, 200, 200), (ledger.BytesInMemory, ledger.BytesOnDisk, ledger.BytesSpilledTotal));
    }

    [Fact]
    public void A_value_released_while_it_is_being_spilled_is_deleted_when_that_ends()
    {
        var ledger = new ObjectLedger(800);
        var value = Add(ledger, 800);
        Assert.Equal([value], Take(ledger, LedgerCommandKind.Spill));
        ledger.Release(value);
        Assert.Empty(ledger.Commands);
        ledger.Spilled(value);
        Assert.Equal([value], Take(ledger, LedgerCommandKind.Delete));
        Assert.Equal((0, 0, 0), (ledger.BytesInMemory, ledger.BytesOnDisk, ledger.Count));
    }

    [Fact]
    public void After_a_spill_that_failed_none_is_tried_until_something_is_released()
    {
        var ledger = new ObjectLedger(800);
        var first = Add(ledger, 400);
        var second = Add(ledger, 400);
        Assert.Equal([first], Take(ledger, LedgerCommandKind.Spill));
        ledger.SpillFailed(first);
        var third = Add(ledger, 100);
        Assert.Empty(ledger.Commands);
        Assert.Equal(1, ledger.SpillFailures);
        ledger.Release(third);
        Assert.Equal([third], Take(ledger, LedgerCommandKind.Delete, LedgerCommandKind.Spill)[..1]);
        Assert.Equal(StoredState.Spilling, second.State);
    }

    [Fact]
    public void What_was_born_on_disk_counts_there_and_is_never_spilled()
    {
        var ledger = new ObjectLedger(800);
        var onDisk = new StoredValue([new StoredSegment(SegmentId.Create(1, 1, onDisk: true), 5000)]);
        ledger.Add(onDisk);
        var mixed = new StoredValue([new StoredSegment(Next(), 300), new StoredSegment(SegmentId.Create(1, 2, onDisk: true), 500)]);
        ledger.Add(mixed);
        Assert.Equal((StoredState.OnDisk, StoredState.InMemory), (onDisk.State, mixed.State));
        Assert.Equal((300, 5500), (ledger.BytesInMemory, ledger.BytesOnDisk));
        Add(ledger, 450);
        Assert.Equal([mixed], Take(ledger, LedgerCommandKind.Spill));
        ledger.Spilled(mixed);
        Assert.Equal((450, 5800), (ledger.BytesInMemory, ledger.BytesOnDisk));
    }

    [Fact]
    public void Any_sequence_of_events_leaves_the_book_consistent_and_every_byte_accounted_for()
    {
        for (var seed = 0; seed < 400; seed++)
        {
            try
            {
                RunRandomly(seed);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed}: {e.Message}", e);
            }
        }
    }

    [Fact]
    public void Validation_notices_a_book_that_was_tampered_with()
    {
        var ledger = new ObjectLedger(800);
        var value = Add(ledger, 100);
        value.BytesInMemory = 99;
        Assert.Throws<InvalidOperationException>(() => ledger.Validate([value]));
        value.BytesInMemory = 100;
        ledger.Validate([value]);
        value.IsListed = false;
        Assert.Throws<InvalidOperationException>(() => ledger.Validate([value]));
    }

    private void RunRandomly(int seed)
    {
        var random = new Random(seed);
        var ledger = new ObjectLedger(random.Next(1, 5000));
        var values = new List<StoredValue>();
        var releasing = new HashSet<StoredValue>();
        var spilling = new List<StoredValue>();
        var deleted = new HashSet<StoredValue>();
        for (var step = 0; step < 300; step++)
        {
            var alive = values.Where(value => !releasing.Contains(value)).ToArray();
            var any = alive.Length > 0 ? alive[random.Next(alive.Length)] : null;
            switch (random.Next(6))
            {
                case 0 or 1 or 2:
                    values.Add(new StoredValue([.. Enumerable.Range(0, random.Next(0, 4)).Select(_ => new StoredSegment(
                        SegmentId.Create(0, ++_count, onDisk: random.Next(4) == 0), random.Next(0, 700)))]));
                    ledger.Add(values[^1]);
                    break;
                case 3 when any is not null:
                    releasing.Add(any);
                    ledger.Release(any);
                    break;
                case 4 or 5 when spilling.Count > 0:
                    var value = spilling[random.Next(spilling.Count)];
                    spilling.Remove(value);
                    if (random.Next(5) == 0)
                        ledger.SpillFailed(value);
                    else
                        ledger.Spilled(value);
                    break;
            }

            foreach (var command in ledger.Commands)
            {
                Assert.DoesNotContain(command.Value, deleted);
                if (command.Kind == LedgerCommandKind.Delete)
                    Assert.True(releasing.Contains(command.Value) && !spilling.Contains(command.Value) && deleted.Add(command.Value));
                else
                    spilling.Add(command.Value);
            }

            ledger.Commands.Clear();
            ledger.Validate(values);
        }

        Assert.All(releasing, value => Assert.True(deleted.Contains(value) || spilling.Contains(value)));
    }

    private static StoredValue[] Take(ObjectLedger ledger, params LedgerCommandKind[] kinds)
    {
        var taken = ledger.Commands.ToArray();
        ledger.Commands.Clear();
        Assert.All(taken, command => Assert.Contains(command.Kind, kinds));
        return [.. taken.Select(command => command.Value)];
    }

    private StoredValue Add(ObjectLedger ledger, long bytes)
    {
        var value = new StoredValue([new StoredSegment(Next(), bytes)]);
        ledger.Add(value);
        return value;
    }

    private SegmentId Next() => SegmentId.Create(0, ++_count, onDisk: false);
}
