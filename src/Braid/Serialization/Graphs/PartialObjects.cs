using System.Reflection;
using Braid.Serialization.Compiling;

namespace Braid.Serialization.Graphs;

/// <summary>
/// Which fields of each closure object have been claimed in this payload. Two lambdas may share a closure and read different variables of
/// it; writer and reader ask in the same order, so they agree without a word on the wire.
/// </summary>
internal struct PartialObjects
{
    private Dictionary<int, HashSet<FieldInfo>>? _claimed;

    // The objects in the order of their arrival, and the subset that each came with. Two lists, for their code comes compiled.
    private List<int>? _indexes;
    private List<FieldSubset>? _first;

    /// <summary>Whether there is any closure of which not all may have been claimed.</summary>
    public readonly bool Any => _indexes is { Count: > 0 };

    /// <summary>The fields of the subset, as bits, that nobody has claimed before.</summary>
    public ulong Claim(int index, FieldSubset subset, bool isNew)
    {
        if (isNew)
        {
            (_indexes ??= []).Add(index);
            (_first ??= []).Add(subset);
            return subset.AllFields;
        }

        _claimed ??= [];
        if (!_claimed.TryGetValue(index, out var fields))
        {
            fields = [];
            for (var i = 0; i < (_indexes?.Count ?? 0); i++)
            {
                if (_indexes![i] == index)
                    _first![i].CopyFieldsTo(fields);
            }

            _claimed.Add(index, fields);
        }

        return subset.AddMissing(fields);
    }

    public readonly void Clear()
    {
        _claimed?.Clear();
        _indexes?.Clear();
        _first?.Clear();
    }
}
