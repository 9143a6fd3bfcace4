namespace Braid.Mpi;

/// <summary>Which MPI carries the messages.</summary>
public enum MpiImplementation
{
    /// <summary>Braid's own runtime over shared memory, on one machine.</summary>
    Embedded,
    /// <summary>Open MPI.</summary>
    OpenMpi,
    /// <summary>MPICH or a relative of it (Intel MPI, MVAPICH, Cray MPICH).</summary>
    Mpich,
    /// <summary>Any MPI through the standard ABI of MPI 5.0.</summary>
    StandardAbi,
}

/// <summary>Which threads may call MPI, from narrow to wide.</summary>
public enum MpiThreadLevel
{
    /// <summary>One thread of the program calls MPI; the threads of the .NET runtime never do.</summary>
    SingleThreaded,
    /// <summary>Only the thread that initialised.</summary>
    Funneled,
    /// <summary>Any thread, one at a time.</summary>
    Serialized,
    /// <summary>Any thread at any time.</summary>
    Multiple,
}

/// <summary>How two communicators or groups relate.</summary>
public enum MpiComparison
{
    /// <summary>The same object.</summary>
    Identical,
    /// <summary>The same processes in the same order, in another context (communicators only).</summary>
    Congruent,
    /// <summary>The same processes in another order.</summary>
    Similar,
    /// <summary>Different processes.</summary>
    Unequal,
}

internal enum GroupSetOperation
{
    Union, Intersection, Difference,
}

/// <summary>What MPI says of itself through the attributes of a communicator.</summary>
public enum CommunicatorAttribute
{
    /// <summary>The largest tag allowed.</summary>
    TagUpperBound,
    /// <summary>How many processes the job could have, where the launcher says so.</summary>
    UniverseSize,
    /// <summary>Which of several programs started together this one is.</summary>
    ApplicationNumber,
}

/// <summary>
/// A reduction on memory: combines <paramref name="count"/> elements of <paramref name="input"/> into <paramref name="inout"/>, where
/// <paramref name="input"/> comes from the lower rank.
/// </summary>
internal unsafe delegate void UserReduction(void* input, void* inout, long count);
