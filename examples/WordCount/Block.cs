using System.Buffers;
using System.IO.Compression;
using Microsoft.Win32.SafeHandles;

namespace Braid.Examples.WordCount;

/// <summary>A part of a file that begins and ends between words; a compressed file is one part.</summary>
internal readonly record struct Piece(string Path, long Start, long Length)
{
    public static bool IsCompressed(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
}

/// <summary>What one task counts: about four MiB, one large piece or many small ones.</summary>
internal sealed record Block(Piece[] Pieces)
{
    private const int BufferBytes = 1 << 18;

    /// <summary>How many bytes of files this is, compressed ones as they lie on disk.</summary>
    public long FileBytes => Pieces.Sum(piece => piece.Length);

    /// <summary>Counts the words of the block. A run of letters longer than 256 KiB counts as several words.</summary>
    public WordCounts Count()
    {
        var table = WordTable.Rent();
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        foreach (var piece in Pieces)
        {
            using var file = File.OpenHandle(piece.Path);
            if (Piece.IsCompressed(piece.Path))
                CountCompressed(table, buffer, piece.Path, file);
            else
                Count(table, buffer, (space, position) => RandomAccess.Read(file, space.Span, piece.Start + position), piece.Length);
        }

        ArrayPool<byte>.Shared.Return(buffer);
        return table.Take();
    }

    private static void CountCompressed(WordTable table, byte[] buffer, string path, SafeFileHandle file)
    {
        using var stream = new GZipStream(new FileStream(file, FileAccess.Read, bufferSize: 0), CompressionMode.Decompress);
        try
        {
            Count(table, buffer, (space, _) => stream.Read(space.Span), long.MaxValue);
        }
        catch (InvalidDataException damaged)
        {
            throw new InvalidDataException($"'{path}' is not a whole gzip file. {damaged.Message}", damaged);
        }
    }

    private static void Count(WordTable table, byte[] buffer, Func<Memory<byte>, long, int> read, long length)
    {
        var kept = 0;   // bytes of a word at the start of the buffer that may go on
        for (long position = 0; position < length;)
        {
            var space = buffer.AsMemory(kept, (int)Math.Min(buffer.Length - kept, length - position));
            var count = read(space, position);
            if (count == 0)
                break;

            position += count;
            var text = buffer.AsSpan(0, kept + count);
            var rest = text[table.AddText(text)..];
            if (rest.Length == buffer.Length)
            {
                table.AddWord(rest);
                rest = [];
            }

            rest.CopyTo(buffer);
            kept = rest.Length;
        }

        if (kept > 0)
            table.AddWord(buffer.AsSpan(0, kept));
    }
}
