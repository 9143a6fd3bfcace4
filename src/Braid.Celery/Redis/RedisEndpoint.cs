namespace Braid.Celery.Redis;

/// <summary>
/// <c>redis://[[user][:password]@]host[:port][/db]</c>, and <c>rediss://</c> for TLS. Options: <c>?ssl_cert_reqs=none</c> (or
/// <c>CERT_NONE</c>) leaves the certificate unchecked, as redis-py's option of that name does.
/// </summary>
internal sealed record RedisEndpoint(string Host, int Port, int Database, string? User, string? Password, bool Tls, bool CheckCertificate)
{
    internal static bool Serves(string url) =>
        url.StartsWith("redis://", StringComparison.OrdinalIgnoreCase) || url.StartsWith("rediss://", StringComparison.OrdinalIgnoreCase);

    internal static RedisEndpoint Parse(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || !Serves(url))
            throw new ArgumentException($"'{CeleryUrl.Redact(url)}' is not a Redis URL: redis://[:password@]host[:port][/db] was expected.", nameof(url));
        var path = uri.AbsolutePath.Trim('/');
        var database = 0;
        if (path.Length > 0 && !int.TryParse(path, out database))
            throw new ArgumentException($"The database '{path}' of a Redis URL is not a number.", nameof(url));
        var (user, password) = CeleryUrl.Credentials(uri);
        var unchecked_ = uri.Query.Contains("ssl_cert_reqs=none", StringComparison.OrdinalIgnoreCase)
            || uri.Query.Contains("ssl_cert_reqs=CERT_NONE", StringComparison.OrdinalIgnoreCase);
        return new(uri.Host.Length == 0 ? "localhost" : uri.Host, uri.Port > 0 ? uri.Port : 6379, database,
            user, password, uri.Scheme.Equals("rediss", StringComparison.OrdinalIgnoreCase), !unchecked_);
    }

    public override string ToString() => $"{(Tls ? "rediss" : "redis")}://{Host}:{Port}/{Database}";
}
