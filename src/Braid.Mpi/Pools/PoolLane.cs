using System.Threading.Channels;
using Braid.Mpi.Objects;

namespace Braid.Mpi.Pools;

/// <summary>
/// Rank 0's end of a worker: brings it calls and takes its results. Two lanes a worker keep a call waiting there while another runs, so that it never idles
/// for a round trip.
/// </summary>
internal static class PoolLane
{
    private const int LanesPerWorker = 2;

    public static Task[] OfWorker(Communicator ranks, int worker, ChannelReader<PoolCall> calls)
    {
        var order = new Lock();
        return [.. Enumerable.Range(0, LanesPerWorker).Select(_ => RunAsync(ranks, worker, calls, order))];
    }

    /// <summary>Of a pool of one rank, which runs its calls itself, one at a time.</summary>
    public static async Task RunHereAsync(ChannelReader<PoolCall> calls)
    {
        await foreach (var call in calls.ReadAllAsync())
        {
            var body = call.Body;
            if (call.IsOver)
            {
                body.Dispose();
                continue;
            }
            call.Complete((await Task.Run(() => PoolWorker.AnswerAsync(body)))!);
        }
    }

    /// <param name="ranks">The pool's communicator.</param>
    /// <param name="worker">Whose lane it is.</param>
    /// <param name="calls">Those of all workers.</param>
    /// <param name="order">Held while a call is sent and its result asked for: the worker answers in the order of the calls.</param>
    private static async Task RunAsync(Communicator ranks, int worker, ChannelReader<PoolCall> calls, Lock order)
    {
        await foreach (var call in calls.ReadAllAsync())
        {
            if (call.IsOver)
            {
                call.Body.Dispose();
                continue;
            }
            try
            {
                Request sent;
                ObjectReceive receive;
                lock (order)
                {
                    sent = ranks.StartSend(call.Body, worker, PoolWorker.Tag);
                    receive = ranks.StartObjectReceive(worker, PoolWorker.Tag, default);
                }
                var (result, _) = await receive.Done;
                await sent.AsTask();
                call.Complete(result!);
            }
            catch (Exception e)
            {
                // MPI itself failed, or was finalised: the caller hears of it, and so does every later one.
                call.Fail(e);
            }
        }
    }
}
