namespace Braid.Mpi.Embedded;

/// <content>What needs a launcher that goes on: the embedded one starts all ranks at once.</content>
internal sealed unsafe partial class EmbeddedBackend
{
    public override int Spawn(
        string command, IReadOnlyList<string> arguments, int processes, IReadOnlyDictionary<string, string>? hints, int root, nint comm,
        out nint created) => throw Lacks("MPI_Comm_spawn (starting further ranks)");

    public override int Parent(out nint comm)
    {
        comm = CommNull;
        return 0;
    }

    public override int Disconnect(nint* comm) => Free(comm);

    public override int OpenPort(out string port) => throw Lacks("MPI_Open_port (connecting jobs)");

    public override int ClosePort(string port) => throw Lacks("MPI_Close_port (connecting jobs)");

    public override int Accept(string port, int root, nint comm, out nint created) => throw Lacks("MPI_Comm_accept (connecting jobs)");

    public override int Connect(string port, int root, nint comm, out nint created) => throw Lacks("MPI_Comm_connect (connecting jobs)");

    public override int Publish(string service, string port) => throw Lacks("MPI_Publish_name (connecting jobs)");

    public override int Unpublish(string service, string port) => throw Lacks("MPI_Unpublish_name (connecting jobs)");

    public override int Lookup(string service, out string port) => throw Lacks("MPI_Lookup_name (connecting jobs)");

    // It follows none, and a runtime may forget the hints that it does not follow.
    public override int SetHints(nint comm, IReadOnlyDictionary<string, string> hints) => _comms[comm] is null ? 1 : 0;

    public override int GetHints(nint comm, out IReadOnlyDictionary<string, string> hints)
    {
        _ = _comms[comm];
        hints = new Dictionary<string, string>();
        return 0;
    }
}
