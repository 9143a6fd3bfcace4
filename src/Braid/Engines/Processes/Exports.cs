namespace Braid.Engines.Processes;

/// <summary>
/// The driver's hold on what one worker has references to: each is counted when it is sent and when the worker says that it let go, so a
/// reference that is on its way is never lost. Thread-safe: the link's reader and the inbox both come here.
/// </summary>
/// <param name="findUncounted">Finds what the worker may name without having been sent it; null where it may not.</param>
internal sealed class Exports(Func<long, IObjectState?> findUncounted)
{
    private readonly Dictionary<long, (IObjectState State, long Count)> _held = [];
    private bool _closed;

    public void Add(IObjectState state) => Add(state.Id, state);

    /// <summary>Under a number that the worker has chosen.</summary>
    public void Add(long id, IObjectState state)
    {
        lock (_held)
        {
            // Frames that are written before the driver hears of the loss go nowhere, and nobody would let go of what they name.
            if (_closed)
                return;
            ref var held = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_held, id, out _);
            held = (state, held.Count + 1);
        }
    }

    public IObjectState Find(long id)
    {
        lock (_held)
        {
            return _held.TryGetValue(id, out var held)
                ? held.State
                : findUncounted(id) ?? throw new Wire.WireException($"A worker names reference {id}, which it does not hold.");
        }
    }

    public void Release(long id, long count)
    {
        lock (_held)
        {
            if (!_held.TryGetValue(id, out var held) || count <= 0 || count > held.Count)
                throw new Wire.WireException($"A worker lets go of reference {id} {count} times and holds it {held.Count} times.");
            if (count == held.Count)
                _held.Remove(id);
            else
                _held[id] = (held.State, held.Count - count);
        }
    }

    /// <summary>The worker is gone, and with it all that it had references to; nothing that is added later is kept.</summary>
    public void Close()
    {
        lock (_held)
        {
            _closed = true;
            _held.Clear();
        }
    }

    /// <summary>What the worker has references to now, in no order.</summary>
    public IObjectState[] Held()
    {
        lock (_held)
            return [.. _held.Values.Select(held => held.State)];
    }
}
