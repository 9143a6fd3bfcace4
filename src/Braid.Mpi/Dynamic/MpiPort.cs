namespace Braid.Mpi;

/// <summary>A place where another job can connect, see <see cref="Communicator.Accept"/>. One rank opens it.</summary>
/// <exception cref="NotSupportedException">Under the embedded runtime.</exception>
public sealed class MpiPort : IDisposable
{
    private string? _service;
    private bool _closed;

    private MpiPort(string name) => Name = name;

    /// <summary>What the other job must know.</summary>
    public string Name { get; }

    /// <summary>Opens a port that the MPI chooses.</summary>
    public static MpiPort Open()
    {
        _ = Mpi.World.Handle;
        Runtime.Check(Runtime.Backend.OpenPort(out var name), "MPI_Open_port");
        return new(name);
    }

    /// <summary>The name of the port that is published for a service.</summary>
    /// <exception cref="MpiException">None is (class <see cref="MpiErrorClass.Name"/>).</exception>
    public static string Lookup(string service)
    {
        _ = Mpi.World.Handle;
        Runtime.Check(Runtime.Backend.Lookup(service, out var name), "MPI_Lookup_name");
        return name;
    }

    /// <summary>Publishes it for a service, under the launcher's name server; taken back when it is closed.</summary>
    public void Publish(string service)
    {
        Runtime.ThrowIfFinished();
        Runtime.Check(Runtime.Backend.Publish(service, Name), "MPI_Publish_name");
        _service = service;
    }

    /// <summary>Closes it.</summary>
    public void Dispose()
    {
        if (!_closed && Runtime.IsActive)
        {
            _closed = true;
            if (_service is not null)
            {
                Runtime.Check(Runtime.Backend.Unpublish(_service, Name), "MPI_Unpublish_name");
            }
            Runtime.Check(Runtime.Backend.ClosePort(Name), "MPI_Close_port");
        }
    }
}
