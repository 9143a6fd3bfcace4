using Braid.Celery.Beat;
using Braid.Celery.Redis;
using Braid.Celery.Wire;

namespace Braid.Celery.Workers;

/// <summary>
/// Finds messages whose task has been run already: a periodic task that two beats sent, and, where the app asks for it, a success whose
/// acknowledgement was lost. Only these cost a question to the result backend.
/// </summary>
internal sealed class Duplicates(CeleryApp app)
{
    internal bool MayBe(WorkItem item) => Publication(item) is not null || IsRedeliveredSuccess(item);

    /// <summary>
    /// Whether the task must not run, and the success that is stored of it, if that is why. False when nobody can be asked: it rather runs
    /// twice than never.
    /// </summary>
    internal async Task<(bool IsOne, ResultMeta? Success)> FindAsync(WorkItem item, CancellationToken cancellationToken)
    {
        try
        {
            if (Publication(item) is { } publication && !await app.Backend.ClaimRunAsync(item.Id, publication, cancellationToken)) return (true, null);
            return IsRedeliveredSuccess(item) && await app.Backend.GetAsync(item.Id, cancellationToken) is { Status: TaskStates.Success } success ? (true, success) : default;
        }
        catch (Exception e) when (e is RedisConnectionException or RedisErrorException or System.Data.Common.DbException)
        {
            WorkerLog.NotCompared(app.Logger, e, item.Headers.Task, item.Id, e.Message);
            return default;
        }
    }

    private static string? Publication(WorkItem item) => item.Headers.Custom?.Text(CeleryBeat.PublicationHeader);

    private bool IsRedeliveredSuccess(WorkItem item) =>
        app.Settings.DeduplicateSuccessfulTasks && item.Delivery.Redelivered && (item.Task.Options.AcksLate ?? app.Settings.AcksLate) && app.Backend.IsPersistent;
}
