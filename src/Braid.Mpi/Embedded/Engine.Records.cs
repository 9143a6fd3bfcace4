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
        if (_parts.Count > 0)
        {
            SendParts();
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
            case RecordKind.Share:
                CopyWith(from, _operations[(int)record->Operation]!, (long*)data);
                break;
            case RecordKind.Copied:
                Moved(_operations[(int)record->Operation]!, *(long*)data);
                break;
            case RecordKind.Finished:
                var sent = Unregister(record->Operation);
                ReturnClaim(sent);
                Finish(sent);
                break;
            case RecordKind.Request:
                var part = (long*)data;
                _parts.Add(new(from, part[0], _operations[(int)record->Operation]!.Data, part[1], part[1] + part[2]));
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
        Changed();
    }

    private void HandleOffer(int from, Record* record, long* offer)
    {
        var arrival = new Arrival
        {
            Context = record->Context, Source = record->Source, Tag = record->Tag, Process = from, Length = offer[0], Address = offer[1],
            Claim = (int)offer[2], Operation = record->Operation,
        };
        var queue = QueueOf(record->Context);
        if (queue.TakeReceive(record->Source, record->Tag) is { } receive)
        {
            Deliver(receive, arrival);
        }
        else
        {
            queue.Add(arrival);
            Changed();
        }
    }

    private void HandlePiece(Record* record, byte* data)
    {
        var receive = _operations[(int)record->Operation]!;
        Buffer.MemoryCopy(data, receive.Data + record->Offset, receive.Received - record->Offset, record->DataBytes);
        Moved(receive, record->DataBytes);
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
        (receive.Process, receive.PeerOperation) = (arrival.Process, arrival.Operation);
        Bring(receive, arrival);
    }

    private static void Fill(Operation receive, int source, int tag, long length)
    {
        (receive.Source, receive.MessageTag) = (source, tag);
        receive.Received = Math.Min(length, receive.Length);
        receive.Error = length > receive.Length ? MpiErrorClass.Truncate : MpiErrorClass.Success;
    }
}
