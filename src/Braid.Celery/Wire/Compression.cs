using System.IO.Compression;

namespace Braid.Celery.Wire;

/// <summary>
/// Compression of bodies. What Celery calls gzip (<c>application/x-gzip</c>) is in truth zlib: it starts with 0x78.
/// </summary>
internal static class Compression
{
    internal const string Zlib = "application/x-gzip";

    /// <summary>A small message must not unfold into all of memory.</summary>
    internal const int MaxDecompressedBytes = 256 * 1024 * 1024;

    internal static string Resolve(string name) => name switch
    {
        "zlib" or "gzip" or Zlib => Zlib,
        _ => throw new NotSupportedException($"The compression '{name}' is not supported; 'zlib' (also called 'gzip') is."),
    };

    internal static byte[] Compress(ReadOnlySpan<byte> body)
    {
        using var output = new MemoryStream();
        using (var zlib = new ZLibStream(output, CompressionLevel.Optimal)) zlib.Write(body);
        return output.ToArray();
    }

    internal static ReadOnlyMemory<byte> Decompress(ReadOnlyMemory<byte> body, string compression)
    {
        if (compression != Zlib)
            throw new PoisonMessageException($"The compression '{compression}' is not supported; '{Zlib}' (zlib) is.");
        try
        {
            using var input = new MemoryStream(body.ToArray(), writable: false);
            using var zlib = new ZLibStream(input, CompressionMode.Decompress);
            using var output = new MemoryStream();
            var buffer = new byte[16 * 1024];
            for (int read; (read = zlib.Read(buffer)) > 0;)
            {
                if (output.Length + read > MaxDecompressedBytes)
                    throw new PoisonMessageException($"The compressed body unfolds to more than {MaxDecompressedBytes} bytes.");
                output.Write(buffer, 0, read);
            }
            return output.ToArray();
        }
        catch (InvalidDataException e) { throw new PoisonMessageException($"The body is not zlib: {e.Message}", e); }
    }
}
