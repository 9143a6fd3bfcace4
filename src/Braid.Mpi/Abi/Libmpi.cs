namespace Braid.Mpi.Abi;

/// <summary>
/// MPI's C functions as they are; the <c>nint</c> handles carry 4 bytes in MPICH and 8 elsewhere. A symbol is bound when first called, so
/// one that an older MPI lacks costs nothing until then. None has SuppressGCTransition: a blocked call would stop the garbage collector
/// (measured: 1.7 s).
/// </summary>
internal static unsafe partial class Libmpi
{
    /// <summary>The name that <see cref="MpiLibrary"/>'s resolver turns into the library chosen.</summary>
    public const string Name = "mpi";
}
