namespace Braid.Mpi;

/// <summary>What kind of error an MPI call reported, with the numbers of the MPI 5.0 standard ABI on every MPI.</summary>
public enum MpiErrorClass
{
    /// <summary>No error.</summary>
    Success = 0,
    /// <summary>Invalid buffer.</summary>
    Buffer = 1,
    /// <summary>Invalid count.</summary>
    Count = 2,
    /// <summary>Invalid datatype.</summary>
    Type = 3,
    /// <summary>Invalid tag.</summary>
    Tag = 4,
    /// <summary>Invalid communicator.</summary>
    Comm = 5,
    /// <summary>Invalid rank.</summary>
    Rank = 6,
    /// <summary>Invalid request.</summary>
    Request = 7,
    /// <summary>Invalid root.</summary>
    Root = 8,
    /// <summary>Invalid group.</summary>
    Group = 9,
    /// <summary>Invalid operation for the type.</summary>
    Op = 10,
    /// <summary>Invalid topology.</summary>
    Topology = 11,
    /// <summary>Invalid dimensions.</summary>
    Dims = 12,
    /// <summary>Invalid argument of another kind.</summary>
    Argument = 13,
    /// <summary>Unknown error.</summary>
    Unknown = 14,
    /// <summary>The message was longer than the receiving buffer.</summary>
    Truncate = 15,
    /// <summary>Known error outside this list.</summary>
    Other = 16,
    /// <summary>Internal error of the MPI.</summary>
    Intern = 17,
    /// <summary>The request is still pending.</summary>
    Pending = 18,
    /// <summary>The error code is in the status.</summary>
    InStatus = 19,
    /// <summary>Permission denied.</summary>
    Access = 20,
    /// <summary>Invalid access mode of a file.</summary>
    AccessMode = 21,
    /// <summary>Invalid assertion.</summary>
    Assert = 22,
    /// <summary>Invalid file name.</summary>
    BadFile = 23,
    /// <summary>Invalid base of a window.</summary>
    Base = 24,
    /// <summary>A conversion function failed.</summary>
    Conversion = 25,
    /// <summary>Invalid displacement.</summary>
    Displacement = 26,
    /// <summary>The data representation exists already.</summary>
    DuplicateRepresentation = 27,
    /// <summary>The file exists.</summary>
    FileExists = 28,
    /// <summary>The file is in use.</summary>
    FileInUse = 29,
    /// <summary>Invalid file.</summary>
    File = 30,
    /// <summary>The key of an info is too long.</summary>
    InfoKey = 31,
    /// <summary>No such key in the info.</summary>
    InfoNoKey = 32,
    /// <summary>The value of an info is too long.</summary>
    InfoValue = 33,
    /// <summary>Invalid info.</summary>
    Info = 34,
    /// <summary>Input or output failed.</summary>
    IO = 35,
    /// <summary>Invalid attribute key.</summary>
    KeyValue = 36,
    /// <summary>Invalid lock type.</summary>
    LockType = 37,
    /// <summary>Name not published.</summary>
    Name = 38,
    /// <summary>Out of memory.</summary>
    NoMemory = 39,
    /// <summary>A collective argument differs between processes.</summary>
    NotSame = 40,
    /// <summary>No space left.</summary>
    NoSpace = 41,
    /// <summary>No such file.</summary>
    NoSuchFile = 42,
    /// <summary>Invalid port.</summary>
    Port = 43,
    /// <summary>Quota exceeded.</summary>
    Quota = 44,
    /// <summary>Read-only file.</summary>
    ReadOnly = 45,
    /// <summary>Memory cannot be attached to the window.</summary>
    RmaAttach = 46,
    /// <summary>Conflicting accesses to a window.</summary>
    RmaConflict = 47,
    /// <summary>Target outside the window.</summary>
    RmaRange = 48,
    /// <summary>The window's memory cannot be shared.</summary>
    RmaShared = 49,
    /// <summary>Wrong synchronisation of a window.</summary>
    RmaSync = 50,
    /// <summary>Invalid service.</summary>
    Service = 51,
    /// <summary>Invalid size.</summary>
    Size = 52,
    /// <summary>Processes could not be spawned.</summary>
    Spawn = 53,
    /// <summary>Unsupported data representation.</summary>
    UnsupportedRepresentation = 54,
    /// <summary>Unsupported operation.</summary>
    UnsupportedOperation = 55,
    /// <summary>Invalid window.</summary>
    Window = 56,
    /// <summary>The window is of the wrong flavour.</summary>
    RmaFlavor = 57,
    /// <summary>A peer was aborted.</summary>
    ProcessAborted = 58,
    /// <summary>The value does not fit.</summary>
    ValueTooLarge = 59,
    /// <summary>Invalid session.</summary>
    Session = 60,
    /// <summary>Invalid error handler.</summary>
    ErrorHandler = 61,
    /// <summary>Error in the ABI.</summary>
    Abi = 62,
}
