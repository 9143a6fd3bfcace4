using Braid.Serialization;

namespace Braid.Execution;

/// <summary>The references that one payload holds: in the payload stands only their place in this list.</summary>
internal sealed class ReferenceScope
{
    private readonly List<IObjectState> _states = [];
    private Dictionary<long, int>? _places;

    public int Count => _states.Count;

    /// <summary>The cluster that payloads go to and come from; null where there is none to tell apart.</summary>
    public ClusterBackend? Home { get; set; }

    public bool IsForeign(ClusterBackend backend) => Home is { } home && backend != home;

    /// <exception cref="InvalidOperationException">The reference belongs to another cluster, where its number means something else.</exception>
    public int PlaceOf(IObjectState state)
    {
        if (IsForeign(state.Backend))
            throw new InvalidOperationException($"Reference {state.Id} belongs to another cluster: await it here and capture its value instead.");
        // Few references are searched faster than hashed.
        if (_places is null && _states.Count < 16)
        {
            for (var i = 0; i < _states.Count; i++)
            {
                if (_states[i].Id == state.Id)
                    return i;
            }
        }
        else
        {
            _places ??= _states.Select((known, place) => (known.Id, place)).ToDictionary(pair => pair.Id, pair => pair.place);
            if (_places.TryGetValue(state.Id, out var place))
                return place;
            _places.Add(state.Id, _states.Count);
        }

        _states.Add(state);
        return _states.Count - 1;
    }

    public IObjectState At(ulong place) =>
        place < (ulong)_states.Count
            ? _states[(int)place]
            : throw new SerializationException($"The payload names reference {place} of {_states.Count}.");

    public IObjectState[] ToArray() => _states.Count == 0 ? [] : [.. _states];

    public void Reset(ReadOnlySpan<IObjectState> states = default)
    {
        _states.Clear();
        _states.AddRange(states);
        _places = null;
    }
}
