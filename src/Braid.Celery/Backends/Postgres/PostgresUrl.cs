using Npgsql;

namespace Braid.Celery.Backends.Postgres;

/// <summary><c>postgresql://user:password@host:port/database?option=value</c>; options are Npgsql's, by their names there.</summary>
internal static class PostgresUrl
{
    internal static bool Serves(string url) =>
        url.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase) || url.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase);

    internal static NpgsqlConnectionStringBuilder Parse(string url)
    {
        var uri = new Uri(url);
        var (user, password) = CeleryUrl.Credentials(uri);
        var path = Uri.UnescapeDataString(uri.AbsolutePath.Trim('/'));
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host.Length == 0 ? "localhost" : uri.Host,
            Port = uri.Port > 0 ? uri.Port : 5432,
            Username = user ?? "postgres",
            Password = password,
            Database = path.Length == 0 ? user ?? "postgres" : path,
            ApplicationName = "braid-celery",
            MaxPoolSize = 16,
            // A peer that is gone without a word is noticed.
            TcpKeepAlive = true,
            KeepAlive = 10,
        };
        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1) throw new ArgumentException($"'{pair}' of '{CeleryUrl.Redact(url)}' is not an option: name=value was expected.", nameof(url));
            builder[Uri.UnescapeDataString(pair[..equals])] = Uri.UnescapeDataString(pair[(equals + 1)..]);
        }
        return builder;
    }
}
