using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Braid.Objects;

/// <summary>Copies a segment to a new file on disk. It is not forced to the disk: spilled values need not outlive the session.</summary>
internal static class SpillCopy
{
    private const int BufferBytes = 1 << 20;

    public static void Run(SafeFileHandle source, string path, long bytes)
    {
        using var target = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            for (long offset = 0; offset < bytes;)
            {
                var read = RandomAccess.Read(source, buffer, offset);
                if (read == 0)
                    throw new SegmentUnavailableException($"A segment of {bytes:N0} bytes ended after {offset:N0} while it was being spilled.");
                RandomAccess.Write(target, buffer.AsSpan(0, read), offset);
                offset += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
