using System.Diagnostics;

namespace Braid.Scheduling;

/// <summary>
/// Taking work back. A worker that runs dry while another holds more than it can run gets a share of it. How much is asked back adapts without a
/// clock: one task first, twice as many each time all came back, one again when the worker had already run some. So a burst of short tasks costs
/// at most one useless request per round trip, and a long task does not keep the ones behind it.
/// </summary>
internal sealed partial class Scheduler
{
    private void Rebalance()
    {
        var barren = 0u;
        while (true)
        {
            var free = 0L;
            for (var i = 0; i < Math.Min(_idle.Count, CandidatesMaximum); i++)
                free += (_idle[i].SlotCores - _idle[i].Load) / ResourceNeed.Unit;
            if (_reclaiming >= free)
                return;
            var best = -1;
            var excess = 0L;
            for (var i = 0; i < Math.Min(_loaded.Count, CandidatesMaximum); i++)
            {
                var worker = _loaded[i];
                if (worker.Reclaiming == 0 && (barren & 1u << i) == 0 && worker.Load - worker.SlotCores > excess)
                    (best, excess) = (i, worker.Load - worker.SlotCores);
            }
            if (best < 0)
                return;
            if (!ReclaimFromTail(_loaded[best], (excess + ResourceNeed.Unit - 1) / ResourceNeed.Unit))
                barren |= 1u << best;
        }
    }

    /// <summary>Asks back the last ones sent, for they start last. False when none can be.</summary>
    private bool ReclaimFromTail(WorkerNode worker, long excess)
    {
        var wanted = Math.Min(Math.Min(worker.ReclaimBatch, _options.ReclaimMaximum), (excess + 1) / 2);
        var found = 0;
        var looked = 0;
        for (var task = worker.Last; task is not null && found < wanted && looked < wanted + worker.Slots + worker.Pipelined; task = task.Previous)
        {
            looked++;
            if (task.Started || task.Reclaiming || task is not { Needs: null, Mode: PlacementMode.Ahead, Pending: 0, Blocked: false, CancelRequested: false })
                continue;
            Reclaim(task);
            found++;
        }
        return found > 0;
    }

    private void Reclaim(TaskNode task)
    {
        var worker = task.Worker!;
        Debug.Assert(!task.Reclaiming);
        task.Reclaiming = true;
        worker.Reclaiming++;
        _reclaiming++;
        Commands.Add(new Command(CommandKind.Reclaim, worker, task, task.Attempt));
    }

    private void EndReclaim(TaskNode task, bool returned)
    {
        if (!task.Reclaiming)
            return;
        var worker = task.Worker!;
        task.Reclaiming = false;
        worker.ReclaimMissed |= !returned;
        _reclaiming--;
        if (--worker.Reclaiming > 0)
            return;
        worker.ReclaimBatch = worker.ReclaimMissed ? 1 : Math.Min(worker.ReclaimBatch * 2, _options.ReclaimMaximum);
        worker.ReclaimMissed = false;
    }
}
