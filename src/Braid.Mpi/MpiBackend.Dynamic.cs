namespace Braid.Mpi;

/// <content>Processes and jobs that find each other while they run, and hints.</content>
internal abstract unsafe partial class MpiBackend
{
    public abstract int Spawn(
        string command, IReadOnlyList<string> arguments, int processes, IReadOnlyDictionary<string, string>? hints, int root, nint comm,
        out nint created);
    public abstract int Parent(out nint comm);
    public abstract int Disconnect(nint* comm);

    public abstract int OpenPort(out string port);
    public abstract int ClosePort(string port);
    public abstract int Accept(string port, int root, nint comm, out nint created);
    public abstract int Connect(string port, int root, nint comm, out nint created);
    public abstract int Publish(string service, string port);
    public abstract int Unpublish(string service, string port);
    public abstract int Lookup(string service, out string port);

    public abstract int SetHints(nint comm, IReadOnlyDictionary<string, string> hints);
    public abstract int GetHints(nint comm, out IReadOnlyDictionary<string, string> hints);
}
