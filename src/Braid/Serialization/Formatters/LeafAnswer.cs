using Braid.Serialization.Compiling;
using Braid.Serialization.Graphs;

namespace Braid.Serialization.Formatters;

/// <summary>
/// The answer, found once, to whether a type by field leads nowhere else. A type that refers to itself asks while it is being
/// answered; the answer is then no, which costs a look but misses nothing.
/// </summary>
internal struct LeafAnswer
{
    private const int Unknown = 0;
    private const int Asking = 1;
    private const int Leaf = 2;
    private const int NoLeaf = 3;

    private int _state;

    public bool Get(Func<Shape> shape)
    {
        if (_state is Leaf or NoLeaf)
            return _state == Leaf;
        if (Interlocked.CompareExchange(ref _state, Asking, Unknown) != Unknown)
            return _state == Leaf;
        var leaf = true;
        foreach (var field in shape().Fields)
        {
            if (GraphVisitor.CanHold(field.FieldType))
            {
                leaf = false;
                break;
            }
        }

        _state = leaf ? Leaf : NoLeaf;
        return leaf;
    }
}
