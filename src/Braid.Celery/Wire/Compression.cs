using System.IO.Compression;
using ICSharpCode.SharpZipLib;
using ICSharpCode.SharpZipLib.BZip2;

namespace Braid.Celery.Wire;

/// <summary>
/// Compression of bodies. What Celery calls gzip (<c>application/x-gzip</c>) is in truth zlib: it starts with 0x78.
/// </summary>
internal static class Compression
{
    internal const string Zlib = "application/x-gzip";
    internal const string BZip2 = "application/x-bz2";

    /// <summary>A small message must not unfold into all of memory.</summary>
    internal const int MaxDecompressedBytes = 256 * 1024 * 1024;

    internal static string Resolve(string name) => name switch
    {
        "zlib" or "gzip" or Zlib => Zlib,
        "bzip2" or "bzip" or "bz2" or BZip2 => BZip2,
        _ => throw new NotSupportedException($"The compression '{name}' is not supported; 'zlib' (also called 'gzip') and 'bzip2' are."),
    };

    /// <param name="body">What to compress.</param>
    /// <param name="compression">As <see cref="Resolve"/> gives it.</param>
    internal static byte[] Compress(ReadOnlySpan<byte> body, string compression)
    {
        using var output = new MemoryStream();
        using (Stream stream = compression == BZip2 ? new BZip2OutputStream(output) { IsStreamOwner = false } : new ZLibStream(output, CompressionLevel.Optimal, leaveOpen: true))
            stream.Write(body);
        return output.ToArray();
    }

    internal static ReadOnlyMemory<byte> Decompress(ReadOnlyMemory<byte> body, string compression)
    {
        if (compression is not (Zlib or BZip2))
            throw new PoisonMessageException($"The compression '{compression}' is not supported; '{Zlib}' (zlib) and '{BZip2}' are.");
        try
        {
            using var input = new MemoryStream(body.ToArray(), writable: false);
            using Stream stream = compression == BZip2 ? new BZip2InputStream(input) : new ZLibStream(input, CompressionMode.Decompress);
            using var output = new MemoryStream();
            var buffer = new byte[16 * 1024];
            for (int read; (read = stream.Read(buffer)) > 0;)
            {
                if (output.Length + read > MaxDecompressedBytes)
                    throw new PoisonMessageException($"The compressed body unfolds to more than {MaxDecompressedBytes} bytes.");
                output.Write(buffer, 0, read);
            }
            return output.ToArray();
        }
        // The library for bzip2 indexes its tables with what it reads.
        catch (Exception e) when (e is InvalidDataException or SharpZipBaseException or IndexOutOfRangeException)
        {
            throw new PoisonMessageException($"The body is not {(compression == BZip2 ? "bzip2" : "zlib")}: {e.Message}", e);
        }
    }
}
