using Braid.Tests.Engines;

namespace Braid.Tests.Actors;

/// <summary>The actor of most tests: a number, and ways to see what happens around it.</summary>
internal sealed class Counter(int start = 0)
{
    private readonly List<int> _seen = [];
    private int _under;

    public int Value { get; private set; } = start;

    public int Most { get; private set; }

    public IReadOnlyList<int> Seen => _seen;

    public int Increment() => ++Value;

    public int Add(int amount) => Value += amount;

    public void See(int item) => _seen.Add(item);

    /// <summary>Counts how many of these are under way at once.</summary>
    public async Task<int> OverlapAsync(string reached, int together)
    {
        _under++;
        Most = Math.Max(Most, _under);
        Signals.Mark(reached);
        await Until.TrueAsync(() => Signals.Marks(reached) >= together);
        _under--;
        return Most;
    }

    public async IAsyncEnumerable<int> CountToAsync(int last)
    {
        for (var i = 1; i <= last; i++)
        {
            await Task.Yield();
            Value = i;
            yield return i;
        }
    }
}
