using System.Runtime.CompilerServices;

namespace Braid.Mpi.Abi;

/// <summary>Room for one MPI_Status of any ABI: 20 bytes in MPICH, 24 in Open MPI, 32 in the standard ABI.</summary>
[InlineArray(4)]
internal struct StatusBlock
{
    public const int MaxSize = 32;
    private long _word;
}
