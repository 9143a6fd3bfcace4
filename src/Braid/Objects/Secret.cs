using System.Security.Cryptography;

namespace Braid.Objects;

/// <summary>Names and tokens that nobody can guess.</summary>
internal static class Secret
{
    private const string Kernel = "/dev/urandom";

    /// <summary>So many random bytes as lower-case hexadecimal digits.</summary>
    /// <remarks>The kernel's own generator, where it has a name: the library's loads OpenSSL, which takes a tenth of a cluster's start.</remarks>
    public static string Hex(int bytes)
    {
        if (!File.Exists(Kernel))
            return RandomNumberGenerator.GetHexString(2 * bytes, lowercase: true);
        Span<byte> secret = stackalloc byte[bytes];
        using var source = File.OpenHandle(Kernel);
        for (var read = 0; read < bytes;)
            read += RandomAccess.Read(source, secret[read..], fileOffset: 0);
        return Convert.ToHexStringLower(secret);
    }
}
