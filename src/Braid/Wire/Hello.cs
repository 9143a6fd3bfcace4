namespace Braid.Wire;

/// <summary>The first frame of a worker: who it is, and the secret that only the process started for it knows.</summary>
internal readonly record struct Hello(int WorkerId, byte[] Token)
{
    /// <summary>A hello is never longer, kind byte included.</summary>
    public const int BytesMax = 256;

    public static void Write(FrameWriter frame, int workerId, ReadOnlySpan<byte> token)
    {
        frame.Begin(FrameKind.Hello);
        frame.Number(Handshake.Version);
        frame.Number(workerId);
        frame.Bytes(token);
        frame.End();
    }

    /// <summary>Null when it is not one of this version.</summary>
    public static Hello? TryRead(ReadOnlySpan<byte> frame)
    {
        if (frame.IsEmpty || frame[0] != (byte)FrameKind.Hello)
            return null;
        var body = new FrameReader(frame[1..]);
        if (body.Int32() != Handshake.Version)
            return null;
        var hello = new Hello(body.Int32(), body.Bytes().ToArray());
        body.End();
        return hello;
    }
}
