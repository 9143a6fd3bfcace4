using System.Numerics;

namespace Braid.Mpi.Embedded;

/// <content>
/// How an offered message is brought: copied out of the sender's memory, by both sides where the sender waits too, and in pieces through
/// the ring where the system forbids that. The receiver counts what is at its place, and says when it has all. All of it under the lock.
/// </content>
internal sealed unsafe partial class Engine
{
    /// <summary>From here on the sender is asked to copy too.</summary>
    private const long SharedBytesMin = 256 << 10;

    /// <summary>What a side takes on at once.</summary>
    private const long ShareBytes = 128 << 10;

    /// <summary>A part of a message that goes in pieces: from where in it up to where.</summary>
    private sealed class Part(int process, long operation, byte* data, long offset, long end)
    {
        public int Process => process;

        /// <summary>The receiver's.</summary>
        public long Operation => operation;

        public byte* Data => data;

        public long Offset = offset;

        public long End => end;
    }

    private int TakeClaim()
    {
        if (_freeClaims == 0)
        {
            return -1;
        }
        var claim = BitOperations.TrailingZeroCount(_freeClaims);
        _freeClaims &= ~(1u << claim);
        Volatile.Write(ref *_segment.Claimed(Rank, claim), 0);
        return claim;
    }

    private void ReturnClaim(Operation send)
    {
        if (send.Claim >= 0)
        {
            _freeClaims |= 1u << send.Claim;
        }
    }

    /// <summary>Copies the message to the receive, or as much of it as the sender leaves.</summary>
    private void Bring(Operation receive, Arrival offer)
    {
        if (offer.Process == Rank)
        {
            Buffer.MemoryCopy((void*)offer.Address, receive.Data, receive.Length, receive.Received);
            Moved(receive, receive.Received);
            return;
        }
        if (offer.Claim < 0 || receive.Received < SharedBytesMin || !_canReachPeers)
        {
            Moved(receive, Read(receive, offer, 0, receive.Received));
            return;
        }
        Register(receive);
        var share = stackalloc long[3] { receive.Id, (long)receive.Data, receive.Received };
        Post(offer.Process, new() { Kind = RecordKind.Share, Operation = offer.Operation }, share, sizeof(long) * 3, null);
        WakePeer(offer.Process);
        long moved = 0;
        var claimed = _segment.Claimed(offer.Process, offer.Claim);
        while (TryClaim(claimed, receive.Received, out var offset, out var length))
        {
            moved += Read(receive, offer, offset, length);
        }
        Moved(receive, moved);
    }

    /// <summary>Copies a part out of the sender's memory, or asks for it; tells how much is there.</summary>
    private long Read(Operation receive, Arrival offer, long offset, long length)
    {
        if (length == 0 || (_canReachPeers && SystemCalls.TryReadProcess(
            *_segment.ProcessId(offer.Process), offer.Address + offset, receive.Data + offset, length)))
        {
            return length;
        }
        _canReachPeers = false;
        if (receive.Id == 0)
        {
            Register(receive);
        }
        var part = stackalloc long[3] { receive.Id, offset, length };
        Post(offer.Process, new() { Kind = RecordKind.Request, Operation = offer.Operation }, part, sizeof(long) * 3, null);
        WakePeer(offer.Process);
        return 0;
    }

    /// <summary>The sender's side: copies what the receiver has not taken on, into its memory.</summary>
    private void CopyWith(int process, Operation send, long* share)
    {
        var (operation, address, received) = (share[0], share[1], share[2]);
        long moved = 0;
        var claimed = _segment.Claimed(Rank, send.Claim);
        while (TryClaim(claimed, received, out var offset, out var length))
        {
            if (SystemCalls.TryWriteProcess(*_segment.ProcessId(process), address + offset, send.Data + offset, length))
            {
                moved += length;
            }
            else
            {
                _parts.Add(new(process, operation, send.Data, offset, offset + length));
            }
        }
        if (moved > 0)
        {
            Post(process, new() { Kind = RecordKind.Copied, Operation = operation }, &moved, sizeof(long), null);
            WakePeer(process);
        }
    }

    /// <summary>Takes on the next part of a message that both sides copy; false when none is left.</summary>
    private static bool TryClaim(long* claimed, long total, out long offset, out long length)
    {
        offset = Interlocked.Add(ref *claimed, ShareBytes) - ShareBytes;
        length = Math.Min(ShareBytes, total - offset);
        return length > 0;
    }

    /// <summary>So much more of an offered message is at its place. With all of it the receive is done, and the sender is told.</summary>
    private void Moved(Operation receive, long bytes)
    {
        receive.Moved += bytes;
        if (receive.Moved < receive.Received)
        {
            return;
        }
        if (receive.Id != 0)
        {
            Unregister(receive.Id);
        }
        Post(receive.Process, new() { Kind = RecordKind.Finished, Operation = receive.PeerOperation }, null, 0, null);
        WakePeer(receive.Process);
        Finish(receive);
    }

    private void SendParts()
    {
        for (var i = _parts.Count - 1; i >= 0; i--)
        {
            var part = _parts[i];
            var ring = _outgoing[part.Process];
            var start = part.Offset;
            while (part.Offset < part.End)
            {
                var step = (int)Math.Min(part.End - part.Offset, ring.DataBytesMax);
                var record = new Record { Kind = RecordKind.Piece, Operation = part.Operation, Offset = part.Offset };
                if (!ring.TryWrite(in record, part.Data + part.Offset, step))
                {
                    break;
                }
                part.Offset += step;
            }
            if (part.Offset == part.End)
            {
                _parts.RemoveAt(i);
            }
            if (part.Offset > start)
            {
                WakePeer(part.Process);
            }
        }
    }
}
