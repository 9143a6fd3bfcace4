using Braid.Celery.Redis;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Braid.Celery.Brokers;

/// <summary>One connection to RabbitMQ, made when needed and again after a loss.</summary>
internal sealed class RabbitMqConnection(string url, string name, TimeProvider time) : IAsyncDisposable
{
    private readonly SemaphoreSlim _connecting = new(1);
    private IConnection? _connection;
    private volatile bool _disposed;

    internal static ConnectionFactory Factory(string url)
    {
        var uri = new Uri(url.Replace("pyamqp://", "amqp://", StringComparison.OrdinalIgnoreCase));
        var (user, password) = CeleryUrl.Credentials(uri);
        // As kombu reads it: amqp://host and amqp://host// are the virtual host "/", amqp://host/name is "name".
        var path = Uri.UnescapeDataString(uri.AbsolutePath.Length > 1 ? uri.AbsolutePath[1..] : "/");
        var tls = uri.Scheme.Equals("amqps", StringComparison.OrdinalIgnoreCase);
        var factory = new ConnectionFactory
        {
            HostName = uri.Host.Length == 0 ? "localhost" : uri.Host,
            Port = uri.Port > 0 ? uri.Port : tls ? 5671 : 5672,
            UserName = user ?? "guest",
            Password = password ?? "guest",
            VirtualHost = path.Length == 0 ? "/" : path,
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
            RequestedConnectionTimeout = TimeSpan.FromSeconds(4),
            SocketFactory = family => new RabbitMqSocket(family),
        };
        if (tls) factory.Ssl = new SslOption(factory.HostName) { Enabled = true };
        return factory;
    }

    /// <summary>The open connection, or a new one after as many attempts as are allowed.</summary>
    internal async Task<IConnection> GetAsync(int attempts, CancellationToken cancellationToken)
    {
        await _connecting.WaitAsync(cancellationToken);
        try
        {
            var backoff = new Backoff();
            while (true)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                if (_connection is { IsOpen: true } open) return open;
                if (_connection is { } broken) await broken.DisposeAsync();
                _connection = null;
                try { return _connection = await Factory(url).CreateConnectionAsync(name, cancellationToken); }
                catch (BrokerUnreachableException e)
                {
                    if (backoff.Attempts + 1 >= attempts) throw new RabbitMqUnreachableException(CeleryUrl.Redact(url), e);
                }
                await backoff.WaitAsync(time, cancellationToken);
            }
        }
        finally { _connecting.Release(); }
    }

    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        await _connecting.WaitAsync();
        try
        {
            if (_connection is { } connection) await connection.DisposeAsync();
            _connection = null;
        }
        finally { _connecting.Release(); }
    }
}
