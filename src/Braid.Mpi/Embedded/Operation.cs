using System.Runtime.InteropServices;

namespace Braid.Mpi.Embedded;

/// <summary>A send or receive under way. Its fields belong to the holder of the engine's lock; <see cref="Done"/> alone is read
/// without.</summary>
internal sealed unsafe class Operation
{
    /// <summary>Its number in the engine's table, by which the other side names it; 0 when it is not in it.</summary>
    public long Id;
    public int Context;

    /// <summary>Of a receive: the rank in the communicator or any; of a send: the process.</summary>
    public int Peer;
    public int Tag;
    public byte* Data;

    /// <summary>Of a receive: room; of a send: length.</summary>
    public long Length;

    /// <summary>Of the receive of an offer: the process that has it, and its operation there.</summary>
    public int Process;
    public long PeerOperation;

    /// <summary>Of the receive of an offer: bytes that are at their place, whoever brought them; all are when they are as many as
    /// <see cref="Received"/>.</summary>
    public long Moved;

    /// <summary>Of an offered send: its word among those by which both sides share the copying; -1 when it has none.</summary>
    public int Claim;
    public volatile bool Done;
    public int Source;
    public int MessageTag;
    public long Received;
    public MpiErrorClass Error;
    public bool Cancelled;
    public bool IsReceive;

    /// <summary>Memory of its own that goes with it: packed data.</summary>
    public void* Owned;

    /// <summary>Of a receive into scattered memory: where the packed data goes.</summary>
    public EmbeddedType? Unpack;
    public void* UnpackTo;
    public int UnpackCount;

    /// <summary>Of what goes on by itself, a collective or a file's transfer: what it raised.</summary>
    public Exception? Failure;

    /// <summary>What goes on when it is done.</summary>
    public Action? Continuation;

    /// <summary>How to start it again; null unless persistent.</summary>
    public Action<Operation>? Restart;

    public Operation? Next;

    public void Reset()
    {
        (Id, Moved, PeerOperation, Received) = (0, 0, 0, 0);
        (Error, Cancelled, Failure) = (MpiErrorClass.Success, false, null);
        (Unpack, UnpackCount, Next, Continuation, IsReceive, Source, MessageTag) = (null, 0, null, null, false, Mpi.AnySource, Mpi.AnyTag);
        Owned = UnpackTo = null;
        Done = false;
    }

    public void FreeOwned()
    {
        NativeMemory.Free(Owned);
        Owned = null;
    }
}

/// <summary>A message that came before its receive.</summary>
internal sealed unsafe class Arrival
{
    public int Context;
    public int Source;
    public int Tag;
    public int Process;
    public long Length;

    /// <summary>The data of a short message; null for an offer.</summary>
    public byte* Data;

    /// <summary>Of an offer: where the data is in the sender, its operation, and its claim.</summary>
    public long Address;
    public long Operation;
    public int Claim;
    public Arrival? Next;
}

/// <summary>What waits in one context: receives without a message and messages without a receive, both in the order they came.</summary>
internal sealed class MatchQueue
{
    public Operation? FirstReceive;
    public Operation? LastReceive;
    public Arrival? FirstArrival;
    public Arrival? LastArrival;

    public void Add(Operation receive)
    {
        receive.Next = null;
        if (LastReceive is null)
        {
            FirstReceive = LastReceive = receive;
        }
        else
        {
            LastReceive = LastReceive.Next = receive;
        }
    }

    public void Add(Arrival arrival)
    {
        arrival.Next = null;
        if (LastArrival is null)
        {
            FirstArrival = LastArrival = arrival;
        }
        else
        {
            LastArrival = LastArrival.Next = arrival;
        }
    }

    /// <summary>Takes the first receive that wants a message from there with that tag.</summary>
    public Operation? TakeReceive(int source, int tag)
    {
        Operation? previous = null;
        for (var receive = FirstReceive; receive is not null; previous = receive, receive = receive.Next)
        {
            if ((receive.Peer == source || receive.Peer == Mpi.AnySource) && (receive.Tag == tag || receive.Tag == Mpi.AnyTag))
            {
                Unlink(previous, receive);
                return receive;
            }
        }
        return null;
    }

    public bool Remove(Operation operation)
    {
        Operation? previous = null;
        for (var receive = FirstReceive; receive is not null; previous = receive, receive = receive.Next)
        {
            if (receive == operation)
            {
                Unlink(previous, receive);
                return true;
            }
        }
        return false;
    }

    /// <summary>Finds the first message from there with that tag, and takes it if told to.</summary>
    public Arrival? FindArrival(int source, int tag, bool take)
    {
        Arrival? previous = null;
        for (var arrival = FirstArrival; arrival is not null; previous = arrival, arrival = arrival.Next)
        {
            if ((source == arrival.Source || source == Mpi.AnySource) && (tag == arrival.Tag || tag == Mpi.AnyTag))
            {
                if (take)
                {
                    if (previous is null)
                    {
                        FirstArrival = arrival.Next;
                    }
                    else
                    {
                        previous.Next = arrival.Next;
                    }
                    if (LastArrival == arrival)
                    {
                        LastArrival = previous;
                    }
                }
                return arrival;
            }
        }
        return null;
    }

    private void Unlink(Operation? previous, Operation receive)
    {
        if (previous is null)
        {
            FirstReceive = receive.Next;
        }
        else
        {
            previous.Next = receive.Next;
        }
        if (LastReceive == receive)
        {
            LastReceive = previous;
        }
    }
}
