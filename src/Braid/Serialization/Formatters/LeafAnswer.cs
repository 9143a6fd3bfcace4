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

    // A generic class may have a field of a larger construction of itself, and so on without end.
    private const int MaxNesting = 32;

    [ThreadStatic]
    private static int _nesting;

    private int _state;

    public bool Get(Func<Shape> shape)
    {
        if (_state is Leaf or NoLeaf)
            return _state == Leaf;
        if (_nesting == MaxNesting || Interlocked.CompareExchange(ref _state, Asking, Unknown) != Unknown)
            return _state == Leaf;
        _nesting++;
        var leaf = !Array.Exists(shape().Fields, static field => GraphVisitor.CanHold(field.FieldType));
        _nesting--;
        _state = leaf ? Leaf : NoLeaf;
        return leaf;
    }
}
