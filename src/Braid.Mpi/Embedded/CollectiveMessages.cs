using System.Runtime.CompilerServices;

namespace Braid.Mpi.Embedded;

/// <summary>
/// The messages of one collective: of a call that blocks they block, of one that was started they are awaited. So each algorithm is written once, its
/// blocking form waits for nothing but its messages, and its started form needs no thread: whoever drives the engine takes its next step.
/// </summary>
/// <param name="backend">Moves them.</param>
/// <param name="of">Whose collective it is.</param>
/// <param name="tag">The first of its tags; taken when the operation is called, and all ranks call in the same order.</param>
/// <param name="awaits">Whether the messages are awaited.</param>
internal readonly struct CollectiveMessages(EmbeddedBackend backend, EmbeddedCommunicator of, int tag, bool awaits)
{
    public EmbeddedCommunicator Of => of;

    public int Rank => of.Rank;

    public int Size => of.Size;

    /// <summary>The same for a part of the collective that has tags of its own.</summary>
    public CollectiveMessages From(int step) => new(backend, of, tag + step, awaits);

    /// <summary>Of an inter-communicator: the same within this side.</summary>
    public CollectiveMessages Within() => new(backend, of.Local!, tag, awaits);

    public Completion SendAsync(Part part, int to, int step = 0)
    {
        if (!awaits)
        {
            backend.Send(of, Stream.Collective, part, to, tag + step);
            return default;
        }
        var send = new Operation();
        backend.Start(send, SendMode.Standard, of, Stream.Collective, part, to, tag + step);
        return new(backend.Engine, send);
    }

    public Completion ReceiveAsync(Part part, int from, int step = 0)
    {
        if (!awaits)
        {
            backend.ReceiveNow(of, Stream.Collective, part, from, tag + step);
            return default;
        }
        return DoneAsync(StartReceive(part, from, step));
    }

    public ValueTask SwapAsync(Part send, int to, Part receive, int from, int step = 0)
    {
        if (awaits)
        {
            return SwapAwaitedAsync(send, to, receive, from, step);
        }
        backend.SwapNow(of, Stream.Collective, send, to, receive, from, tag + step);
        return default;
    }

    /// <summary>Receives a part from each source and sends one to each destination, whatever order the others go in.</summary>
    public async ValueTask SwapAllAsync(
        int[] sources, int[] destinations, Blocks send, Blocks receive, Func<int, int> sendStep, Func<int, int> receiveStep)
    {
        var coming = new Operation?[sources.Length];
        for (var i = 0; i < sources.Length; i++)
        {
            coming[i] = sources[i] == Mpi.ProcNull ? null : StartReceive(receive[i], sources[i], receiveStep(i));
        }
        for (var i = 0; i < destinations.Length; i++)
        {
            if (destinations[i] != Mpi.ProcNull)
            {
                await SendAsync(send[i], destinations[i], sendStep(i));
            }
        }
        foreach (var operation in coming)
        {
            if (operation is not null)
            {
                await DoneAsync(operation);
            }
        }
    }

    private async ValueTask SwapAwaitedAsync(Part send, int to, Part receive, int from, int step)
    {
        var coming = StartReceive(receive, from, step);
        await SendAsync(send, to, step);
        await DoneAsync(coming);
    }

    private Operation StartReceive(Part part, int from, int step)
    {
        var receive = new Operation { IsReceive = true };
        backend.Start(receive, of, Stream.Collective, part, from, tag + step);
        return receive;
    }

    private Completion DoneAsync(Operation operation)
    {
        if (!awaits)
        {
            backend.Engine.Wait(operation);
        }
        return new(backend.Engine, operation);
    }

    /// <summary>An operation's end, which can be awaited; what awaits goes on on the thread that sees it.</summary>
    internal readonly struct Completion(Engine engine, Operation? operation) : ICriticalNotifyCompletion
    {
        public bool IsCompleted => operation is null or { Done: true };

        public Completion GetAwaiter() => this;

        public void GetResult() => EmbeddedBackend.ThrowIfFailed(operation);

        public void OnCompleted(Action continuation) => engine.ContinueWhenDone(operation!, continuation);

        public void UnsafeOnCompleted(Action continuation) => engine.ContinueWhenDone(operation!, continuation);
    }
}
