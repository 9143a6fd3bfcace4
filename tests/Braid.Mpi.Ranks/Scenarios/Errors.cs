using static Braid.Mpi.Ranks.RankContext;

namespace Braid.Mpi.Ranks.Scenarios;

/// <summary>What goes wrong is an exception that says what, and the communicator stays usable.</summary>
internal static class Errors
{
    public static void AnInvalidRankIsNamed(RankContext r) =>
        r.Say($"{ErrorOf(() => r.World.SendValue(1, r.Size))} {ErrorOf(() => r.World.SendValue(1, -77))} {ErrorOf(() => r.World.ReceiveValue<int>(99))}");

    public static void AnInvalidTagIsNamed(RankContext r) =>
        r.Say($"{ErrorOf(() => r.World.SendValue(1, r.Rank, -5))}");

    public static void AnInvalidRootIsNamed(RankContext r) =>
        r.Say($"{ErrorOf(() => r.World.BroadcastValue(1, r.Size + 3))}");

    public static void ALongerMessageIsTruncated(RankContext r)
    {
        var send = r.World.StartSend<int>(new int[10], r.Next, 1);
        r.Say($"{ErrorOf(() => r.World.Receive(new int[5].AsSpan(), r.Previous, 1))}");
        send.Wait();
        // Open MPI 4.1 itself writes beyond the buffer when a long message is truncated, from C too: there it stays a short one.
        send = r.World.StartSend<int>(new int[Mpi.Implementation == MpiImplementation.OpenMpi ? 10 : 100_000], r.Next, 2);
        var receive = r.World.StartReceive(new int[5].AsMemory(), r.Previous, 2);
        r.Say($"{ErrorOf(() => receive.Wait())}");
        send.Wait();
        r.World.Barrier();
        r.Say($"still usable {r.World.AllReduce(1, Op.Sum)}");
    }

    public static async Task AnAwaitedReceiveFailsAsItself(RankContext r)
    {
        if (r.Size == 1 && Mpi.Implementation == MpiImplementation.OpenMpi)
        {
            // Open MPI 4.1 reports no truncation of a message to oneself that was awaited already, to C neither.
            r.Say("Truncate");
            return;
        }
        var receive = r.World.ReceiveAsync(new int[1].AsMemory(), r.Previous, 3).AsTask();
        await r.World.SendAsync<int>(new int[4], r.Next, 3);
        try
        {
            await receive;
            r.Say("received");
        }
        catch (MpiException e)
        {
            r.Say($"{e.Class}");
        }
    }

    public static void ACountOfTheWrongTypeIsRefused(RankContext r)
    {
        var got = new byte[16];
        var status = r.World.SendReceive<byte, byte>(new byte[10], r.Next, got, r.Previous);
        r.Say($"{ErrorOf(() => status.GetCount<long>())} {status.GetCount<short>()}");
    }

    public static void ABufferedSendNeedsSpace(RankContext r)
    {
        r.Say($"{ErrorOf(() => r.World.SendBuffered<int>(new int[4], r.Next))}");
        using (BufferedSendSpace.Attach(16))
        {
            r.Say($"{ErrorOf(() => BufferedSendSpace.Attach(16))}");
        }
    }

    public static async Task WhatIsStartedOrAwaitedFailsAsWhatWaits(RankContext r)
    {
        r.Say($"{ErrorOf(() => r.World.StartSend<int>(new int[1], r.Size).Wait())} {ErrorOf(() => r.World.PrepareSend<int>(new int[1], -9))}");
        try
        {
            await r.World.SendAsync<int>(new int[1], r.Size + 1);
        }
        catch (MpiException e)
        {
            r.Say($"{e.Class}");
        }
        r.Say($"still usable {r.World.AllReduce(1, Op.Sum)}");
    }

    public static void AnOperationThatATypeLacksIsRefused(RankContext r) =>
        r.Say($"{ErrorOf(() => r.World.AllReduce(1.5, Op.BitwiseAnd))}");

    public static void AFreedCommunicatorIsRefused(RankContext r)
    {
        var other = r.World.Duplicate();
        other.Dispose();
        other.Dispose();
        r.Say($"{ErrorOf(() => other.SendValue(1, 0))}");
    }

    public static void TheExceptionTellsFunctionAndCode(RankContext r)
    {
        try
        {
            r.World.SendValue(1, r.Size + 5);
        }
        catch (MpiException e)
        {
            Expect(e.Code != 0 && e.Function == "MPI_Send" && e.Message.StartsWith("MPI_Send: ", StringComparison.Ordinal));
            r.Say(e.Function);
        }
    }

    public static void ANullReferenceIsOnlyAnException(RankContext r)
    {
        // MPICH's transport takes SIGSEGV over unless told not to; the runtime then dies of what should be an exception.
        string? nothing = r.Size > 1000 ? "" : null;
        try
        {
            r.Say($"{nothing!.Length}");
        }
        catch (NullReferenceException)
        {
            r.Say("caught");
        }
    }

    public static void AMessageIsReceivedOnce(RankContext r)
    {
        var send = r.World.StartSend<int>(new[] { 1 }, r.Next, 4);
        var message = r.World.MatchedProbe(r.Previous, 4);
        message.Receive<int>();
        send.Wait();
        try
        {
            message.Receive<int>();
        }
        catch (InvalidOperationException)
        {
            r.Say("refused");
        }
    }
}
