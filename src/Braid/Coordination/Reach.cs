namespace Braid.Coordination;

/// <summary>
/// Whether a primitive can be reached by somebody who is no task: the driver's own code, which has or had a handle, or anyone who knows its name. Once
/// open it stays open: a handle that was let go could only be known by a collection.
/// </summary>
internal sealed class Reach
{
    private volatile bool _isOpen;

    public bool IsOpen => _isOpen;

    /// <summary>From any thread.</summary>
    public void Open() => _isOpen = true;
}
