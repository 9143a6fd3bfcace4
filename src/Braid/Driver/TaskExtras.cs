using System.Diagnostics;

namespace Braid.Driver;

/// <summary>What only some tasks have, apart from <see cref="TaskRecord"/>, whose members of the same names say what each is.</summary>
internal sealed class TaskExtras
{
    public List<WorkerLink>? Subscribers { get; set; }

    /// <summary>The submitter's token, listened to until the end.</summary>
    public CancellationTokenRegistration Cancellation { get; set; }

    public ProgressRelay? Progress { get; set; }

    public IStreamSink? Stream { get; set; }

    public Activity? Activity { get; set; }

    public bool TimedOut { get; set; }

    public Exception? Error { get; set; }

    public Lineage.Lineage? Lineage { get; set; }

    /// <summary>Its value was there once, and was lost.</summary>
    public bool WasLost { get; set; }
}
