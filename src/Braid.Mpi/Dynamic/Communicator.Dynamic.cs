namespace Braid.Mpi;

/// <content>Further processes, and other jobs; what the embedded runtime lacks throws <see cref="NotSupportedException"/>.</content>
public unsafe partial class Communicator
{
    /// <summary>What helps the MPI with this communicator, as far as it follows it.</summary>
    public IReadOnlyDictionary<string, string> Hints
    {
        get
        {
            Runtime.Check(Runtime.Backend.GetHints(Handle, out var hints), "MPI_Comm_get_info");
            return hints;
        }
    }

    /// <summary>Gives hints; an MPI ignores those that it does not know. Collective.</summary>
    public void SetHints(IReadOnlyDictionary<string, string> hints) =>
        Runtime.Check(Runtime.Backend.SetHints(Handle, hints), "MPI_Comm_set_info");

    /// <summary>
    /// Starts further processes, whose world is their own and whose <see cref="Mpi.Parent"/> is the other side of the inter-communicator
    /// returned. Collective.
    /// </summary>
    /// <param name="command">The program; at the root.</param>
    /// <param name="arguments">Its arguments; at the root.</param>
    /// <param name="processes">How many; at the root. Open MPI counts slots: give its launcher <c>--oversubscribe</c> or more of
    /// them.</param>
    /// <param name="root">The rank whose arguments count.</param>
    /// <param name="hints">For example <c>wdir</c> or <c>host</c>; at the root.</param>
    /// <exception cref="MpiException">They cannot be started (class <see cref="MpiErrorClass.Spawn"/> or another of the MPI).</exception>
    public Communicator Spawn(
        string command, IReadOnlyList<string> arguments, int processes, int root = 0, IReadOnlyDictionary<string, string>? hints = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(processes);
        Runtime.Check(
            Runtime.Backend.Spawn(command, arguments, processes, hints, root, Handle, out var created), "MPI_Comm_spawn");
        return new(created);
    }

    /// <summary>Waits until another job connects to a port. Collective.</summary>
    /// <param name="port">See <see cref="MpiPort"/>; at the root.</param>
    /// <param name="root">The rank whose port counts.</param>
    /// <returns>An inter-communicator whose other side are the ranks that connected.</returns>
    public Communicator Accept(string port, int root = 0)
    {
        Runtime.Check(Runtime.Backend.Accept(port, root, Handle, out var created), "MPI_Comm_accept");
        return new(created);
    }

    /// <summary>Connects to a port that another job accepts at. Collective.</summary>
    /// <param name="port">The port's name, told by the other job or found by <see cref="MpiPort.Lookup"/>; at the root.</param>
    /// <param name="root">The rank whose port counts.</param>
    /// <exception cref="MpiException">Nobody accepts there (class <see cref="MpiErrorClass.Port"/> or another of the MPI).</exception>
    public Communicator Connect(string port, int root = 0)
    {
        Runtime.Check(Runtime.Backend.Connect(port, root, Handle, out var created), "MPI_Comm_connect");
        return new(created);
    }

    /// <summary>Waits for the messages of this communicator and frees it, so that the two sides no longer end together.
    /// Collective.</summary>
    public void Disconnect()
    {
        var handle = Handle;
        if (_owned && handle != Runtime.Backend.CommNull)
        {
            _handle = Runtime.Backend.CommNull;
            Runtime.Check(Runtime.Backend.Disconnect(&handle), "MPI_Comm_disconnect");
        }
    }
}
