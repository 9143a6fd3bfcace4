using System.Diagnostics;

namespace Braid.Objects;

/// <summary>
/// The driver's book of large values: how many bytes they take, and which should go to disk when shared
/// memory runs short. It decides and does nothing: no clock, no thread, no file. Its owner calls it from one thread at a time, and
/// carries out <see cref="Commands"/> elsewhere.
/// </summary>
/// <remarks>
/// <code>
/// state     | add      | spill chosen | Spilled  | SpillFailed | Released
/// New       | InMemory |              |          |             |            (OnDisk when no byte of it is in memory)
/// InMemory  |          | Spilling     |          |             | Released, Delete
/// Spilling  |          |              | OnDisk   | InMemory    | waits; then Released, Delete
/// OnDisk    |          |              |          |             | Released, Delete
/// </code>
/// A value is chosen when memory is over the high-water mark, oldest first, until what will remain is under the low-water mark. Two marks, so
/// that at the budget's edge it is one pause and not one for each value. After a failed spill no other is tried until some value is
/// released: a full disk does not become less full by asking again.
/// </remarks>
internal sealed class ObjectLedger(long memoryBudgetBytes)
{
    private readonly long _highWater = memoryBudgetBytes - memoryBudgetBytes / 8;
    private readonly long _lowWater = memoryBudgetBytes - memoryBudgetBytes / 4;

    /// <summary>The ends of the order of age; both null when no value could be spilled.</summary>
    private StoredValue? _oldest;

    private StoredValue? _youngest;

    /// <summary>Of <see cref="BytesInMemory"/>, those whose spill command is out.</summary>
    private long _bytesSpilling;

    private bool _diskIsFull;

    /// <summary>What is to be done. The owner takes and clears it after each event.</summary>
    public List<LedgerCommand> Commands { get; } = [];

    /// <summary>Bytes of values in shared memory, those included that are on their way out.</summary>
    public long BytesInMemory { get; private set; }

    public long BytesOnDisk { get; private set; }

    /// <summary>Values in the book.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes that were moved to disk since the start: a metric that only grows.</summary>
    public long BytesSpilledTotal { get; private set; }

    public long SpillFailures { get; private set; }

    /// <summary>A value was made or put.</summary>
    public void Add(StoredValue value)
    {
        Debug.Assert(value.State == StoredState.New);
        foreach (var segment in value.Segments)
        {
            if (segment.Id.BornOnDisk)
                value.BytesOnDisk += segment.Bytes;
            else
                value.BytesInMemory += segment.Bytes;
        }

        Count++;
        BytesInMemory += value.BytesInMemory;
        BytesOnDisk += value.BytesOnDisk;
        value.State = value.BytesInMemory > 0 ? StoredState.InMemory : StoredState.OnDisk;
        List(value);
        SpillWhatIsOver();
    }

    /// <summary>The machine is short of memory whatever the budget says: half of what is in memory is to go to disk.</summary>
    public void Relieve()
    {
        if (!_diskIsFull)
            SpillDownTo((BytesInMemory - _bytesSpilling) / 2);
    }

    public void Spilled(StoredValue value)
    {
        EndSpill(value);
        var bytes = value.BytesInMemory;
        value.State = StoredState.OnDisk;
        value.BytesInMemory = 0;
        value.BytesOnDisk += bytes;
        BytesInMemory -= bytes;
        BytesOnDisk += bytes;
        BytesSpilledTotal += bytes;
        DeleteIfReleaseWaits(value);
        SpillWhatIsOver();
    }

    /// <summary>It stays in memory, as if made just now, so that it is not the next to be tried.</summary>
    public void SpillFailed(StoredValue value)
    {
        EndSpill(value);
        SpillFailures++;
        _diskIsFull = true;
        value.State = StoredState.InMemory;
        List(value);
        DeleteIfReleaseWaits(value);
        SpillWhatIsOver();
    }

    /// <summary>No reference to it is left anywhere.</summary>
    public void Release(StoredValue value)
    {
        Debug.Assert(value is { State: not (StoredState.New or StoredState.Released), ReleaseWaits: false });
        if (value.State == StoredState.Spilling)
        {
            value.ReleaseWaits = true;
            return;
        }

        Delete(value);
        SpillWhatIsOver();
    }

    /// <summary>Throws when the book contradicts itself; for tests and debug builds, after each event.</summary>
    public void Validate(IEnumerable<StoredValue> values)
    {
        var listed = new HashSet<StoredValue>();
        StoredValue? previous = null;
        for (var value = _oldest; value is not null; previous = value, value = value.Younger)
        {
            Require(listed.Add(value), "the order of age has a cycle");
            Require(value.Older == previous, "the order of age is not the same in both directions");
            Require(value is { IsListed: true, State: StoredState.InMemory }, "a value is listed that cannot be spilled");
        }

        Require(previous == _youngest, "the order of age does not end at its end");
        long inMemory = 0, onDisk = 0, spilling = 0;
        var count = 0;
        foreach (var value in values.Where(value => value.State is not (StoredState.New or StoredState.Released)))
        {
            count++;
            inMemory += value.BytesInMemory;
            onDisk += value.BytesOnDisk;
            spilling += value.State == StoredState.Spilling ? value.BytesInMemory : 0;
            var total = value.Segments.Sum(segment => segment.Bytes);
            Require(value.BytesInMemory + value.BytesOnDisk == total, "a value's bytes are neither in memory nor on disk, or both");
            Require(!value.ReleaseWaits || value.State == StoredState.Spilling, "a release waits for nothing");
            Require(listed.Contains(value) == (value.State == StoredState.InMemory), "a value that could be spilled is not listed");
        }

        Require(count == Count, $"{Count} values are counted, {count} are there");
        Require(inMemory == BytesInMemory, $"{BytesInMemory} bytes in memory are counted, {inMemory} are there");
        Require(onDisk == BytesOnDisk, $"{BytesOnDisk} bytes on disk are counted, {onDisk} are there");
        Require(spilling == _bytesSpilling, $"{_bytesSpilling} bytes being spilled are counted, {spilling} are there");
        Require(
            _diskIsFull || _oldest is null || BytesInMemory - _bytesSpilling <= _highWater,
            "memory is over the mark and a value could be spilled, but is not");
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new InvalidOperationException($"The object ledger is inconsistent: {otherwise}.");
    }

    private void SpillWhatIsOver()
    {
        if (!_diskIsFull && BytesInMemory - _bytesSpilling > _highWater)
            SpillDownTo(_lowWater);
    }

    private void SpillDownTo(long bytes)
    {
        while (_oldest is { } value && BytesInMemory - _bytesSpilling > bytes)
        {
            Unlist(value);
            value.State = StoredState.Spilling;
            _bytesSpilling += value.BytesInMemory;
            Commands.Add(new LedgerCommand(LedgerCommandKind.Spill, value));
        }
    }

    private void EndSpill(StoredValue value)
    {
        Debug.Assert(value.State == StoredState.Spilling);
        _bytesSpilling -= value.BytesInMemory;
    }

    private void DeleteIfReleaseWaits(StoredValue value)
    {
        if (!value.ReleaseWaits)
            return;
        value.ReleaseWaits = false;
        Delete(value);
    }

    private void Delete(StoredValue value)
    {
        Unlist(value);
        Count--;
        BytesInMemory -= value.BytesInMemory;
        BytesOnDisk -= value.BytesOnDisk;
        _diskIsFull = false;
        value.State = StoredState.Released;
        Commands.Add(new LedgerCommand(LedgerCommandKind.Delete, value));
    }

    private void List(StoredValue value)
    {
        if (value is not { State: StoredState.InMemory, IsListed: false })
            return;
        value.IsListed = true;
        value.Older = _youngest;
        if (_youngest is null)
            _oldest = value;
        else
            _youngest.Younger = value;
        _youngest = value;
    }

    private void Unlist(StoredValue value)
    {
        if (!value.IsListed)
            return;
        if (value.Older is null)
            _oldest = value.Younger;
        else
            value.Older.Younger = value.Younger;
        if (value.Younger is null)
            _youngest = value.Older;
        else
            value.Younger.Older = value.Older;
        value.Older = value.Younger = null;
        value.IsListed = false;
    }
}
