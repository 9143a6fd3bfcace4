using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Braid.Mpi.Ranks;

/// <summary>What a scenario has: the ranks, and a place for what this one finds, which must be the same under every MPI.</summary>
internal sealed class RankContext(Communicator world)
{
    private readonly StringBuilder _text = new();

    public Communicator World => world;

    public int Rank => world.Rank;

    public int Size => world.Size;

    public int Next => (world.Rank + 1) % world.Size;

    public int Previous => (world.Rank - 1 + world.Size) % world.Size;

    public string Text => _text.ToString();

    public void Say(string text) => _text.Append(CultureInfo.InvariantCulture, $"{world.Rank}: {text}\n");

    public void Say<T>(string name, IEnumerable<T> values) =>
        Say($"{name} = {string.Join(' ', values.Select(v => string.Create(CultureInfo.InvariantCulture, $"{v}")))}");

    /// <summary>Asserts; a failure fails the scenario on this rank.</summary>
    public static void Expect(bool condition, [CallerArgumentExpression(nameof(condition))] string? what = null)
    {
        if (!condition)
        {
            throw new InvalidOperationException($"expected {what}");
        }
    }

    /// <summary>The class of the error that the action must raise.</summary>
    public static MpiErrorClass ErrorOf(Action action)
    {
        try
        {
            action();
        }
        catch (MpiException e)
        {
            return e.Class;
        }
        return MpiErrorClass.Success;
    }
}
