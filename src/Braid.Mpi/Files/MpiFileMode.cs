namespace Braid.Mpi;

/// <summary>How a file is opened; exactly one of read, write and both, with what else is wanted.</summary>
[Flags]
public enum MpiFileMode
{
    /// <summary>Nothing said; not a mode to open with.</summary>
    None = 0,
    /// <summary>Create the file if it does not exist; needs writing.</summary>
    Create = 1,
    /// <summary>Reading only.</summary>
    Read = 2,
    /// <summary>Writing only.</summary>
    Write = 4,
    /// <summary>Reading and writing.</summary>
    ReadWrite = 8,
    /// <summary>Delete the file when it is closed.</summary>
    DeleteOnClose = 16,
    /// <summary>The program promises that nobody else opens it meanwhile.</summary>
    UniqueOpen = 32,
    /// <summary>With <see cref="Create"/>: the file must not exist.</summary>
    Exclusive = 64,
    /// <summary>All positions begin at the end of the file.</summary>
    Append = 128,
    /// <summary>The file is only read or written from the front to the back.</summary>
    Sequential = 256,
}
