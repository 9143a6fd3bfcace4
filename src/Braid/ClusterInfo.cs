using System.Globalization;
using System.Text;

namespace Braid;

/// <summary>A look at a cluster at one moment.</summary>
/// <param name="Engine">The engine's name.</param>
/// <param name="Workers">Its workers that are alive.</param>
/// <param name="PendingTasks">Tasks submitted and not ended.</param>
/// <param name="SharedBytes">Bytes of values in shared memory.</param>
/// <param name="SpilledBytes">Bytes of values spilled to disk.</param>
public sealed record ClusterInfo(
    string Engine, IReadOnlyList<WorkerInfo> Workers, long PendingTasks, long SharedBytes, long SpilledBytes)
{
    /// <summary>The workers as such, where a record would print the type of their list.</summary>
    private bool PrintMembers(StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"Engine = {Engine}, Workers = [{string.Join(", ", Workers)}], PendingTasks = {PendingTasks}, ")
            .Append(CultureInfo.InvariantCulture, $"SharedBytes = {SharedBytes}, SpilledBytes = {SpilledBytes}");
        return true;
    }
}

/// <summary>A look at one worker.</summary>
/// <param name="Id">From 1 upwards, never used twice in a cluster's life.</param>
/// <param name="ProcessId">The operating system's id; this process's own for in-process workers.</param>
/// <param name="Slots">How many tasks it runs at once.</param>
/// <param name="AssignedTasks">Tasks that it runs or holds ready.</param>
public sealed record WorkerInfo(int Id, int ProcessId, int Slots, int AssignedTasks);
