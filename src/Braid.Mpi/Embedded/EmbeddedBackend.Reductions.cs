using Braid.Mpi.Abi;

namespace Braid.Mpi.Embedded;

/// <content>Operations.</content>
internal sealed unsafe partial class EmbeddedBackend
{
    // Predefined operations are the first in the table, in order.
    public override nint Op(BasicOp op) => (nint)(int)op + 1;

    public override int CreateOp(UserReduction reduction, bool commutative, out nint op)
    {
        op = _ops.Add(new(null, reduction, commutative));
        return 0;
    }

    public override int FreeOp(nint* op)
    {
        _ops.Remove(*op);
        *op = 0;
        return 0;
    }

    public override int ReduceLocal(void* input, void* inout, int count, nint type, nint op)
    {
        _ops[op].Apply(input, inout, count, _types[type]);
        return 0;
    }

    private void AddOps()
    {
        foreach (var op in Enum.GetValues<BasicOp>())
        {
            _ops.Add(new(op, null, commutative: true));
        }
    }
}
