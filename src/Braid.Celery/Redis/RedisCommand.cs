using System.Buffers;
using System.Globalization;
using System.Text;

namespace Braid.Celery.Redis;

/// <summary>One argument of a command: text, bytes or a number.</summary>
internal readonly struct RedisArg
{
    private readonly string? _text;
    private readonly ReadOnlyMemory<byte> _bytes;

    private RedisArg(string text) => _text = text;
    private RedisArg(ReadOnlyMemory<byte> bytes) => _bytes = bytes;

    public static implicit operator RedisArg(string text) => new(text);
    public static implicit operator RedisArg(byte[] bytes) => new(bytes);
    public static implicit operator RedisArg(ReadOnlyMemory<byte> bytes) => new(bytes);
    public static implicit operator RedisArg(long number) => new(number.ToString(CultureInfo.InvariantCulture));
    public static implicit operator RedisArg(double number) => new(number.ToString("R", CultureInfo.InvariantCulture));

    internal void WriteTo(ArrayBufferWriter<byte> output)
    {
        Span<byte> head = stackalloc byte[16];
        var length = _text is null ? _bytes.Length : Encoding.UTF8.GetByteCount(_text);
        head[0] = (byte)'$';
        length.TryFormat(head[1..], out var digits, default, CultureInfo.InvariantCulture);
        "\r\n"u8.CopyTo(head[(1 + digits)..]);
        output.Write(head[..(digits + 3)]);
        if (_text is null) output.Write(_bytes.Span);
        else
        {
            var span = output.GetSpan(length);
            output.Advance(Encoding.UTF8.GetBytes(_text, span));
        }
        output.Write("\r\n"u8);
    }
}

/// <summary>One or several commands, encoded: what is sent together and, after a reconnect, sent again as it is.</summary>
internal sealed class RedisCommand
{
    private readonly ArrayBufferWriter<byte> _bytes = new(256);

    internal RedisCommand() { }

    internal RedisCommand(params ReadOnlySpan<RedisArg> args) => Add(args);

    /// <summary>How many replies answer it.</summary>
    internal int Count { get; private set; }

    internal ReadOnlySpan<byte> Bytes => _bytes.WrittenSpan;

    internal RedisCommand Add(params ReadOnlySpan<RedisArg> args)
    {
        Span<byte> head = stackalloc byte[16];
        head[0] = (byte)'*';
        args.Length.TryFormat(head[1..], out var digits, default, CultureInfo.InvariantCulture);
        "\r\n"u8.CopyTo(head[(1 + digits)..]);
        _bytes.Write(head[..(digits + 3)]);
        foreach (ref readonly var arg in args) arg.WriteTo(_bytes);
        Count++;
        return this;
    }
}
