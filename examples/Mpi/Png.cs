using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace MpiExamples;

/// <summary>Draws temperatures from 0 to 100 as a picture: black, red, yellow, white (a PNG of 8-bit RGB, RFC 2083).</summary>
internal static class Png
{
    public static void Write(string path, ReadOnlySpan<double> values, int width, int height)
    {
        // Each row begins with the number of its filter, here none.
        var rows = new byte[height * (1 + 3 * width)];
        for (var i = 0; i < values.Length; i++)
            Color(values[i]).CopyTo(rows.AsSpan(i / width * (1 + 3 * width) + 1 + 3 * (i % width)));

        using var file = File.Create(path);
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', (byte)'\r', (byte)'\n', 0x1A, (byte)'\n']);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, 2);
        WriteChunk(file, "IHDR", header);
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write(rows);
        WriteChunk(file, "IDAT", packed.ToArray());
        WriteChunk(file, "IEND", []);
    }

    private static byte[] Color(double temperature)
    {
        var heat = Math.Clamp(temperature / 100, 0, 1) * 3;
        return [Part(heat), Part(heat - 1), Part(heat - 2)];

        static byte Part(double share) => (byte)Math.Round(255 * Math.Clamp(share, 0, 1));
    }

    private static void WriteChunk(Stream stream, string name, byte[] content)
    {
        byte[] named = [.. Encoding.ASCII.GetBytes(name), .. content];
        var number = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        stream.Write(number);
        stream.Write(named);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(named));
        stream.Write(number);
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        const uint Polynomial = 0xEDB88320;
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ Polynomial;
        }

        return ~crc;
    }
}
