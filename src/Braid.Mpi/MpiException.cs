namespace Braid.Mpi;

/// <summary>An MPI call failed. The communicator stays usable where the MPI says so; a collective that failed on one rank may have
/// succeeded on others.</summary>
public class MpiException : BraidException
{
    internal MpiException(MpiErrorClass errorClass, int code, string function, string message)
        : base($"{function}: {message}") =>
        (Class, Code, Function) = (errorClass, code, function);

    /// <summary>What kind of error it is, the same on every MPI.</summary>
    public MpiErrorClass Class { get; }

    /// <summary>The number that this MPI returned; another MPI has another.</summary>
    public int Code { get; }

    /// <summary>The MPI function that failed, by its name in C.</summary>
    public string Function { get; }
}
