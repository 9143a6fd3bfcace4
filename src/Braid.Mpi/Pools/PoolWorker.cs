using Braid.Mpi.Objects;

namespace Braid.Mpi.Pools;

/// <summary>A rank that serves: takes a call, runs it, sends what came of it, until it is told to end.</summary>
internal static class PoolWorker
{
    public const int Tag = 0;

    public static async Task ServeAsync(Communicator ranks)
    {
        while (true)
        {
            // Awaited and not waited for: a rank that has nothing to do leaves its core to others.
            var (message, _) = await ranks.StartObjectReceive(source: 0, Tag, default).Done;
            if (await AnswerAsync(message!) is not { } result)
            {
                return;
            }
            await ranks.StartSend(result, destination: 0, Tag).AsTask();
        }
    }

    /// <summary>The result of a call as a message, or the exception of the user's code; null for the message that ends the service.</summary>
    public static async Task<ByteBlock?> AnswerAsync(ByteBlock message)
    {
        try
        {
            return ObjectReceive.Decode<PoolBody?>(message) is { } body ? await body.RunAsync() : null;
        }
        catch (Exception e)
        {
            // Also of a call that cannot be read here, from another build for example.
            return ObjectCodec.EncodeFailure(e);
        }
    }
}
