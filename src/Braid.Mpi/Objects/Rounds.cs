namespace Braid.Mpi.Objects;

/// <summary>
/// Cuts the messages of a collective into rounds: of each message the next piece, and no more from all ranks together than one call may move. All ranks
/// know the longest message, so all make as many rounds.
/// </summary>
internal sealed class Rounds(long longest, int ranks, int bytesMax)
{
    private readonly int _pieceMax = Math.Max(1, bytesMax / ranks);

    private long _offset = -1;

    /// <summary>Goes on to the next round; false after the last.</summary>
    public bool Next()
    {
        _offset = _offset < 0 ? 0 : _offset + _pieceMax;
        return _offset < longest;
    }

    /// <summary>This round's piece of a message of so many bytes.</summary>
    public int Count(long length) => (int)Math.Clamp(length - _offset, 0, _pieceMax);

    public int[] Counts(long[] lengths) => Array.ConvertAll(lengths, Count);

    /// <summary>This round's piece of a message.</summary>
    public Memory<byte> PieceOf(ByteBlock message) => message.Part(Math.Min(_offset, message.Length), Count(message.Length));

    /// <summary>This round's pieces, one after the other.</summary>
    public ByteBlock Collect(ByteBlock[] messages)
    {
        var pieces = ByteBlock.Of(messages.Sum(message => (long)Count(message.Length)));
        var at = 0;
        foreach (var message in messages)
        {
            var piece = PieceOf(message);
            piece.CopyTo(pieces.Part(at, piece.Length));
            at += piece.Length;
        }
        return pieces;
    }

    /// <summary>Puts this round's pieces where they belong.</summary>
    public void Spread(ByteBlock pieces, ByteBlock[] messages)
    {
        var at = 0;
        foreach (var message in messages)
        {
            var piece = PieceOf(message);
            pieces.Part(at, piece.Length).CopyTo(piece);
            at += piece.Length;
        }
    }
}
