using Braid.Coordination.Client;

namespace Braid;

/// <summary>
/// A lock or permits of a semaphore, held until this is disposed of or until the execution that asked for them ends. It stays where it was
/// granted: it does not travel.
/// </summary>
public sealed class DistributedHold : IDisposable, IAsyncDisposable
{
    private readonly CoordinationBackend _backend;
    private CoordinationCall? _call;

    internal DistributedHold(CoordinationBackend backend, CoordinationCall call, bool wasAbandoned)
    {
        _backend = backend;
        _call = call;
        WasAbandoned = wasAbandoned;
    }

    /// <summary>
    /// The one who held it before ended without giving it back: its worker died, it was cancelled, or it forgot. What the lock guards may be
    /// half changed.
    /// </summary>
    public bool WasAbandoned { get; }

    /// <summary>Gives it back; the next in line has it. Never waits. A second time does nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _call, null) is { } call)
            _backend.End(call);
    }

    /// <inheritdoc cref="Dispose"/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
