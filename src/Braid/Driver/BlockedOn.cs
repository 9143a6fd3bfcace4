using Braid.Coordination.Client;
using Braid.Scheduling;

namespace Braid.Driver;

/// <summary>One wait of a task, as its worker told of it.</summary>
/// <param name="References">Their ends end the wait.</param>
/// <param name="Needed">How many must end.</param>
/// <param name="EndsByItself">It has a time limit or a token, or is for something that only the task knows.</param>
/// <param name="Call">In this process: the request that it waits for.</param>
/// <param name="CallNumber">From a worker process: the number of that request there; 0 for none.</param>
/// <param name="UnderWay">How many waits of the task are under way, this one among them.</param>
internal sealed record BlockedOn(TaskNode[] References, int Needed, bool EndsByItself, CoordinationCall? Call, long CallNumber, int UnderWay)
{
    public bool IsForRequest => Call is not null || CallNumber != 0;
}
