namespace Braid.Wire;

/// <summary>What a worker process is told through its environment, and what the two ends check before the first task.</summary>
internal static class Handshake
{
    /// <summary>The version of the grammar: both ends are the same build, so another one is an error, never negotiated.</summary>
    public const int Version = 1;

    public const string SocketVariable = "BRAID_WORKER_SOCKET";
    public const string SpillVariable = "BRAID_WORKER_SPILL";
    public const string TokenVariable = "BRAID_WORKER_TOKEN";
    public const string IdVariable = "BRAID_WORKER_ID";

    /// <summary>Bytes of the secret that a worker shows.</summary>
    public const int TokenBytes = 32;
}
