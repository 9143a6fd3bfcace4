namespace Braid.Engines.Processes;

/// <summary>What a worker is told of its session when it is started: enough to come to it, and to clear it away should the driver die meanwhile.</summary>
/// <param name="Socket">The path of the driver's socket, in the session's directory in memory.</param>
/// <param name="SpillDirectory">The path of the session's other directory, which may not be there yet.</param>
/// <param name="Token">The secret to be shown.</param>
internal sealed record WorkerPlace(string Socket, string SpillDirectory, string Token)
{
    public string MemoryDirectory => Path.GetDirectoryName(Socket)!;
}
