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

    public static void EveryCollectiveWithARootNamesOneThatIsNotThere(RankContext r) => r.Say(
        "refused",
        new Action[]
        {
            () => r.World.Gather(1, r.Size), () => r.World.Scatter<int>([], r.Size), () => r.World.Reduce(1, Op.Sum, r.Size),
            () => r.World.GatherV<int>(new int[1], [], [], r.Size), () => r.World.ScatterV<int>([], [], new int[1], r.Size),
            () => r.World.StartBroadcast(new int[1].AsMemory(), r.Size), () => r.World.BroadcastValue(1, Mpi.ProcNull),
        }.Select(ErrorOf));

    public static void EveryReceiveAndProbeNamesARankOrTagThatIsNotThere(RankContext r)
    {
        var one = new int[1];
        r.Say(
            "refused",
            new Action[]
            {
                () => r.World.Receive(one.AsSpan(), r.Size, 1), () => r.World.StartReceive(one.AsMemory(), r.Size, 1),
                () => r.World.PrepareReceive(one.AsMemory(), r.Size, 1), () => r.World.Probe(r.Size, 1),
                () => r.World.TryProbe(r.Size, 1, out _), () => r.World.MatchedProbe(r.Size, 1), () => r.World.TryMatchedProbe(r.Size, 1),
                () => r.World.SendReceive<int, int>(one, r.Size, one, r.Size),
                () => r.World.SendReceiveInPlace(one.AsSpan(), r.Size, r.Size),
                () => r.World.SendSynchronous<int>(one, r.Size), () => r.World.StartSendSynchronous<int>(one, r.Size),
            }.Select(ErrorOf));
        r.Say(
            "refused",
            new Action[]
            {
                () => r.World.Receive(one.AsSpan(), r.Rank, -5), () => r.World.StartReceive(one.AsMemory(), r.Rank, -5),
                () => r.World.Probe(r.Rank, -5), () => r.World.TryMatchedProbe(r.Rank, -5),
                () => r.World.SendSynchronous<int>(one, r.Rank, -5),
            }.Select(ErrorOf));
        r.Say($"still usable {r.World.AllReduce(1, Op.Sum)}");
    }

    /// <summary>MPI would write beyond such a buffer: it never gets there.</summary>
    public static void ABufferThatIsTooShortIsAnArgumentError(RankContext r)
    {
        var (one, many) = (new int[1], new int[r.Size + 1]);
        var refused = 0;
        foreach (var call in new Action[]
        {
            () => r.World.AllGather<int>(many, one), () => r.World.Gather<int>(many, one, r.Rank),
            () => r.World.Scatter<int>([], one, r.Rank),
            () => r.World.AllReduce<int>(many, one, Op.Sum), () => r.World.Reduce<int>(many, one, Op.Sum, r.Rank),
            () => r.World.Scan<int>(many, one, Op.Sum), () => r.World.AllToAll<int>(many.AsSpan(1), []),
            () => r.World.AllGatherV<int>(one, one, [.. Enumerable.Repeat(2, r.Size)]),
            () => r.World.AllGatherV<int>(one, many, [.. Enumerable.Repeat(1, r.Size + 1)]),
            () => r.World.AllGatherV<int>(one, many, [.. Enumerable.Repeat(1, r.Size)], [.. Enumerable.Repeat(-1, r.Size)]),
            () => r.World.ReduceScatter<int>(many, [], [.. Enumerable.Repeat(1, r.Size)], Op.Sum),
        })
        {
            try
            {
                call();
            }
            catch (ArgumentException)
            {
                refused++;
            }
        }
        r.Say($"refused {refused}, still usable {r.World.AllReduce(1, Op.Sum)}");
    }

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

    public static void ABufferedSendLongerThanItsSpaceIsRefusedAndTheNextArrives(RankContext r)
    {
        using var pair = Datatype.Of<int>().Vector(2, 1, 2);
        using (BufferedSendSpace.Attach(16))
        {
            r.Say(
                "refused",
                new Action[]
                {
                    () => r.World.SendBuffered<int>(new int[100_000], r.Next, 1), () => r.World.SendBuffered<long>(new long[3], r.Next, 1),
                    () => r.World.StartSendBuffered<byte>(new byte[17], r.Next, 1), () => r.World.SendBuffered(pair.From<int>(new int[9], 3), r.Next, 1),
                }.Select(ErrorOf));
            r.World.SendBuffered<int>(new[] { r.Rank, 1, 2, 3 }, r.Next, 1);
            var got = new int[4];
            r.World.Receive<int>(got, r.Previous, 1);
            r.Say("got", got);
        }
    }

    public static void ABufferedSendIsRefusedWhileItsSpaceIsFullAndNothingElseIsLost(RankContext r)
    {
        // Too long to leave before the other side receives.
        var (first, second, got) = (new double[200_000], new double[200_000], new double[200_000]);
        first.AsSpan().Fill(r.Rank);
        second.AsSpan().Fill(-r.Rank);
        using (BufferedSendSpace.Attach(first.Length * sizeof(double)))
        {
            r.World.SendBuffered<double>(first, r.Next, 1);
            r.Say($"refused {ErrorOf(() => r.World.SendBuffered<byte>(new byte[1], r.Next, 1))}");
            // Whoever receives early makes room.
            r.World.Barrier();
            var ordinary = r.World.StartSend<int>(new[] { r.Rank, 7 }, r.Next, 1);
            r.World.Receive<double>(got, r.Previous, 1);
            r.Say($"first {got.All(x => x == r.Previous)}");
            var behind = new int[2];
            r.World.Receive<int>(behind, r.Previous, 1);
            ordinary.Wait();
            r.Say("behind", behind);
            // The other side has it now, or soon.
            while (ErrorOf(() => r.World.SendBuffered<double>(second, r.Next, 2)) == MpiErrorClass.Buffer)
            {
                Thread.Yield();
            }
            r.World.Receive<double>(got, r.Previous, 2);
            r.Say($"second {got.All(x => x == -r.Previous)}");
        }
    }

    public static void ManyBufferedSendsShareTheirSpace(RankContext r)
    {
        const int Messages = 500, Length = 3_000;
        using (BufferedSendSpace.Attach(Messages * Length * sizeof(int)))
        {
            // More than any MPI sends before the other side receives.
            for (var i = 0; i < Messages; i++)
            {
                r.World.SendBuffered<int>(Enumerable.Repeat(i, Length).ToArray(), r.Next, 1);
            }
            var got = new int[Length];
            var right = 0;
            for (var i = 0; i < Messages; i++)
            {
                r.World.Receive<int>(got, r.Previous, 1);
                right += got.All(x => x == i) ? 1 : 0;
            }
            r.Say($"{right} of {Messages}");
        }
    }

    public static void ThreadsShareASpaceThatIsTooSmallForAll(RankContext r)
    {
        const int Threads = 4, Messages = 25;
        // Open MPI 4.1 now and then never tells of the end of a long message where several threads wait at once, from C too.
        var lengthMax = Mpi.Implementation == MpiImplementation.OpenMpi ? 900 : 30_000;
        if (Mpi.ThreadLevel != MpiThreadLevel.Multiple)
        {
            r.Say("right = 25 25 25 25");
            return;
        }
        var right = new int[Threads];
        // Whoever is refused tries again; the receives are there before, so that what has room to leave does.
        using (BufferedSendSpace.Attach(lengthMax * sizeof(int) * 3 / 2))
        {
            Thread[] threads = [.. right.Select((_, thread) => new Thread(() =>
            {
                for (var i = 0; i < Messages; i++)
                {
                    var (length, got) = (1 + ((i * 7919) + (thread * 104_729)) % lengthMax, new int[lengthMax]);
                    var receive = r.World.StartReceive(got.AsMemory(), r.Previous, thread);
                    while (ErrorOf(() => r.World.SendBuffered<int>(Enumerable.Repeat((i * Threads) + thread, length).ToArray(), r.Next, thread))
                        == MpiErrorClass.Buffer)
                    {
                        Thread.Yield();
                    }
                    var status = receive.Wait();
                    right[thread] += status.GetCount<int>() == length && got.AsSpan(0, length).IndexOfAnyExcept((i * Threads) + thread) < 0 ? 1 : 0;
                }
            }))];
            Array.ForEach(threads, static thread => thread.Start());
            Array.ForEach(threads, static thread => thread.Join());
        }
        r.Say("right", right);
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

    public static void WhatNoOperationOfMPIIsForIsToldOfCreate(RankContext r)
    {
        foreach (var sum in new Action[] { () => r.World.AllReduce(1.5m, Op.Sum), () => r.World.AllReduce(true, Op.Max), () => r.World.AllReduce((1, 2), Op.Sum) })
        {
            try
            {
                sum();
            }
            catch (MpiException e)
            {
                Expect(e.Message.Contains("Op.Create", StringComparison.Ordinal));
                r.Say($"{e.Class}");
            }
        }
        using var add = Op.Create<decimal>((a, b) => a + b);
        r.Say(FormattableString.Invariant($"{r.World.AllReduce(1.5m, add)}"));
    }

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
