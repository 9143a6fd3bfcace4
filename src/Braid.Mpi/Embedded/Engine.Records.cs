using System.Runtime.InteropServices;

namespace Braid.Mpi.Embedded;

/// <content>Records: writing them in order, and what each does when it comes. All of it under the lock.</content>
internal sealed unsafe partial class Engine
{
    /// <summary>Writes a record, or queues it behind those that wait. <paramref name="done"/> is finished once its data was
    /// copied.</summary>
    private void Post(int process, Record record, void* data, int bytes, Operation? done)
    {
        var queue = _waiting[process];
        if (queue is null or { Count: 0 } && _outgoing[process].TryWrite(in record, data, bytes))
        {
            if (done is not null)
            {
                Finish(done);
            }
            return;
        }
        // A message's data waits where it is; that of an answer lies on the stack and is kept.
        var kept = done is null ? new ReadOnlySpan<byte>(data, bytes).ToArray() : null;
        (_waiting[process] ??= []).Enqueue(new(record, kept, (nint)data, bytes, done));
        _waitingCount++;
    }

    /// <summary>Handles all that came and sends what waits.</summary>
    private void Advance()
    {
        for (var from = 0; from < _incoming.Length; from++)
        {
            var ring = _incoming[from];
            for (Record* record; (record = ring.Peek()) != null;)
            {
                Handle(from, record);
                ring.Advance(record);
            }
        }
        if (_waitingCount > 0)
        {
            Flush();
        }
        if (_pieces.Count > 0)
        {
            SendPieces();
        }
    }

    private void Flush()
    {
        for (var process = 0; process < _waiting.Length; process++)
        {
            var sent = false;
            while (_waiting[process] is { Count: > 0 } queue)
            {
                var next = queue.Peek();
                bool written;
                fixed (byte* kept = next.Data)
                {
                    written = _outgoing[process].TryWrite(next.Record, next.Data is null ? (void*)next.Pointer : kept, next.Bytes);
                }
                if (!written)
                {
                    break;
                }
                queue.Dequeue();
                _waitingCount--;
                sent = true;
                if (next.Done is { } done)
                {
                    Finish(done);
                }
            }
            if (sent)
            {
                WakePeer(process);
            }
        }
    }

    private void SendPieces()
    {
        for (var i = _pieces.Count - 1; i >= 0; i--)
        {
            var send = _pieces[i];
            var ring = _outgoing[send.Peer];
            var sent = false;
            while (send.Moved < send.Length)
            {
                var step = (int)Math.Min(send.Length - send.Moved, ring.DataBytesMax);
                var record = new Record { Kind = RecordKind.Piece, Operation = send.PeerOperation };
                if (!ring.TryWrite(in record, send.Data + send.Moved, step))
                {
                    break;
                }
                send.Moved += step;
                sent = true;
            }
            if (send.Moved == send.Length)
            {
                _pieces.RemoveAt(i);
                Finish(send);
            }
            if (sent)
            {
                WakePeer(send.Peer);
            }
        }
    }

    private void Handle(int from, Record* record)
    {
        var data = (byte*)(record + 1);
        switch (record->Kind)
        {
            case RecordKind.Eager:
                HandleEager(from, record, data);
                break;
            case RecordKind.Offer:
                HandleOffer(from, record, (long*)data);
                break;
            case RecordKind.Finished:
                Finish(Unregister(record->Operation));
                break;
            case RecordKind.Request:
                var send = Unregister(record->Operation);
                send.PeerOperation = *(long*)data;
                _pieces.Add(send);
                break;
            default:
                HandlePiece(record, data);
                break;
        }
    }

    private void HandleEager(int from, Record* record, byte* data)
    {
        var queue = QueueOf(record->Context);
        if (queue.TakeReceive(record->Source, record->Tag) is { } receive)
        {
            Fill(receive, record->Source, record->Tag, record->DataBytes);
            Buffer.MemoryCopy(data, receive.Data, receive.Length, receive.Received);
            Finish(receive);
            return;
        }
        var copy = (byte*)NativeMemory.Alloc((nuint)Math.Max(1, record->DataBytes));
        Buffer.MemoryCopy(data, copy, record->DataBytes, record->DataBytes);
        queue.Add(new Arrival
        {
            Context = record->Context, Source = record->Source, Tag = record->Tag, Process = from, Length = record->DataBytes, Data = copy,
        });
    }

    private void HandleOffer(int from, Record* record, long* offer)
    {
        var arrival = new Arrival
        {
            Context = record->Context, Source = record->Source, Tag = record->Tag, Process = from, Length = offer[0], Address = offer[1],
            Operation = record->Operation,
        };
        var queue = QueueOf(record->Context);
        if (queue.TakeReceive(record->Source, record->Tag) is { } receive)
        {
            Deliver(receive, arrival);
        }
        else
        {
            queue.Add(arrival);
        }
    }

    private void HandlePiece(Record* record, byte* data)
    {
        var receive = _operations[(int)record->Operation]!;
        var fits = Math.Min(record->DataBytes, receive.Length - receive.Moved);
        if (fits > 0)
        {
            Buffer.MemoryCopy(data, receive.Data + receive.Moved, fits, fits);
        }
        receive.Moved += record->DataBytes;
        if (receive.Moved == receive.Total)
        {
            Finish(Unregister(record->Operation));
        }
    }

    /// <summary>Brings a message that came before to its receive.</summary>
    private void Deliver(Operation receive, Arrival arrival)
    {
        Fill(receive, arrival.Source, arrival.Tag, arrival.Length);
        if (arrival.Operation == 0)
        {
            Buffer.MemoryCopy(arrival.Data, receive.Data, receive.Length, receive.Received);
            NativeMemory.Free(arrival.Data);
            Finish(receive);
            return;
        }
        var answer = new Record { Kind = RecordKind.Finished, Operation = arrival.Operation };
        if (TryCopyFrom(arrival, receive))
        {
            Post(arrival.Process, answer, null, 0, null);
            Finish(receive);
        }
        else
        {
            receive.Total = arrival.Length;
            answer.Kind = RecordKind.Request;
            var id = Register(receive);
            Post(arrival.Process, answer, &id, sizeof(long), null);
        }
        WakePeer(arrival.Process);
    }

    private bool TryCopyFrom(Arrival arrival, Operation receive)
    {
        if (receive.Received == 0)
        {
            return true;
        }
        if (arrival.Process == Rank)
        {
            Buffer.MemoryCopy((void*)arrival.Address, receive.Data, receive.Length, receive.Received);
            return true;
        }
        return _canReadPeers
            && (_canReadPeers = SystemCalls.TryReadProcess(
                *_segment.ProcessId(arrival.Process), arrival.Address, receive.Data, receive.Received));
    }

    private static void Fill(Operation receive, int source, int tag, long length)
    {
        (receive.Source, receive.MessageTag) = (source, tag);
        receive.Received = Math.Min(length, receive.Length);
        receive.Error = length > receive.Length ? MpiErrorClass.Truncate : MpiErrorClass.Success;
    }
}
