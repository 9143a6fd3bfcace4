using Braid.Coordination.Client;

namespace Braid.Execution;

/// <summary>What one wait inside a task's body is for: all that the search for deadlocks knows of it.</summary>
/// <param name="References">Of this cluster; their ends end the wait.</param>
/// <param name="Needed">How many of them must end.</param>
/// <param name="EndsByItself">It has a time limit, or a token of the user's, or is for something that only the task itself knows.</param>
/// <param name="Call">A request to a lock, a queue and the like; null for other waits.</param>
internal readonly record struct TaskWait(IReadOnlyList<IObjectState> References, int Needed, bool EndsByItself, CoordinationCall? Call = null)
{
    /// <summary>For whatever only the task itself knows to have an end.</summary>
    public static TaskWait Unknown(IReadOnlyList<IObjectState> references) => new(references, references.Count, EndsByItself: true);

    public static TaskWait All(IReadOnlyList<IObjectState> references) => new(references, references.Count, EndsByItself: false);
}
