namespace Braid.Mpi;

/// <summary>Who else may have the window of a rank locked at the same time.</summary>
public enum WindowLock
{
    /// <summary>Nobody.</summary>
    Exclusive,
    /// <summary>Others that lock it shared.</summary>
    Shared,
}

/// <summary>What the program promises around a synchronisation, so that MPI can do less; none is always right.</summary>
[Flags]
public enum WindowAssertions
{
    /// <summary>No promise.</summary>
    None = 0,
    /// <summary>A lock: nobody else holds one. A start: the posts have happened. A post: the starts have not.</summary>
    NoCheck = 1,
    /// <summary>The local window was not changed by stores since the last synchronisation.</summary>
    NoStore = 2,
    /// <summary>The local window will not be changed by puts or accumulates until the next synchronisation.</summary>
    NoPut = 4,
    /// <summary>A fence: no operation of this rank comes before it.</summary>
    NoPrecede = 8,
    /// <summary>A fence: no operation of this rank comes after it.</summary>
    NoSucceed = 16,
}
