using Braid.Objects;
using Braid.Wire;

namespace Braid.Execution;

/// <summary>
/// A serialized graph as it travels: the bytes in band, the large buffers beside them, and the references that it holds, by place.
/// Complete in itself, so it can be passed on, spilled and sent again without being decoded.
/// </summary>
/// <param name="bytes">In band; empty when <paramref name="bodyAside"/>.</param>
/// <param name="buffers">Segments, by the index that the bytes name.</param>
/// <param name="references">By the place that the bytes name.</param>
/// <param name="bodyAside">The bytes themselves were too many and are the last of the buffers.</param>
internal sealed class Payload(byte[] bytes, BufferRef[] buffers, IObjectState[] references, bool bodyAside)
{
    public static readonly Payload Empty = new([], [], [], bodyAside: false);

    public byte[] Bytes { get; } = bytes;

    public BufferRef[] Buffers { get; } = buffers;

    public IObjectState[] References { get; } = references;

    public bool BodyAside { get; } = bodyAside;

    /// <summary>Keeps the segments of <see cref="Buffers"/> for as long as someone can reach the payload; null where another process does.</summary>
    public SegmentLease? Lease { get; init; }

    /// <summary>The same bytes and buffers with other references behind the same places.</summary>
    public Payload With(IObjectState[] references) => new(Bytes, Buffers, references, BodyAside) { Lease = Lease };

    /// <summary>In band and beside it.</summary>
    public long TotalBytes
    {
        get
        {
            long bytes = Bytes.Length;
            foreach (var buffer in Buffers)
                bytes += buffer.Length;
            return bytes;
        }
    }

    public bool LiesIn(SegmentId segment)
    {
        foreach (var buffer in Buffers)
        {
            if (buffer.Segment == segment)
                return true;
        }

        return false;
    }

    public void WriteTo(FrameWriter frame)
    {
        frame.Bytes(Bytes);
        frame.Number((Buffers.Length << 1) | (BodyAside ? 1 : 0));
        foreach (var buffer in Buffers)
        {
            frame.Number(buffer.Segment.Value);
            frame.Number(buffer.Offset);
            frame.Number(buffer.Length);
        }

        frame.Number(References.Length);
        foreach (var reference in References)
            frame.Number(reference.Id);
    }

    /// <param name="frame">At a payload.</param>
    /// <param name="find">Gives what stands behind an id.</param>
    /// <param name="owner">Takes the segments under its care where it is the driver's.</param>
    public static Payload ReadFrom(ref FrameReader frame, Func<long, IObjectState> find, Packer owner)
    {
        var bytes = frame.Bytes();
        var header = frame.Number();
        var buffers = ReadBuffers(ref frame, header >> 1);
        var count = frame.Count();
        if (bytes.IsEmpty && buffers.Length == 0 && count == 0)
            return Empty;
        var references = count == 0 ? [] : new IObjectState[count];
        for (var i = 0; i < references.Length; i++)
            references[i] = find(frame.Int64());
        var bodyAside = (header & 1) != 0;
        if (bodyAside && buffers.Length == 0)
            throw new WireException("A payload says that its body stands aside, and has no buffers.");
        return new Payload(bytes.ToArray(), buffers, references, bodyAside)
        {
            Lease = owner.Leased(buffers),
        };
    }

    private static BufferRef[] ReadBuffers(ref FrameReader frame, ulong count)
    {
        if (count == 0)
            return [];
        // Each takes three bytes at the least.
        if (count > (ulong)frame.Remaining / 3)
            throw new WireException($"A payload of {count} buffers with {frame.Remaining} bytes left in the frame.");
        var buffers = new BufferRef[count];
        for (var i = 0; i < buffers.Length; i++)
            buffers[i] = new BufferRef(new SegmentId(frame.Number()), frame.Int64(), frame.Int64());
        return buffers;
    }
}
