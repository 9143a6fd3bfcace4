namespace Braid.Scheduling;

/// <summary>
/// How much company a task may have on its worker. A lost worker costs everything assigned to it a retry, because anything sent may have started;
/// so a task that cannot afford to be charged for nothing is never queued behind another.
/// </summary>
internal enum PlacementMode : byte
{
    /// <summary>May be sent ahead of a free slot.</summary>
    Ahead,

    /// <summary>Only into a free slot, so that it starts at once, and nothing is sent ahead behind it. Tasks without retries, and suspects.</summary>
    Careful,

    /// <summary>Only on a worker that runs nothing else: a suspect at its last chance, so that it takes nobody with it and nobody takes it.</summary>
    Alone,
}
