using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Braid.Celery.Tests.Chaos;

/// <summary>A RabbitMQ of one test's own, whose data outlives it: to be killed, started again and held up.</summary>
internal sealed class RabbitMqServer : IAsyncDisposable
{
    private const string Server = "/usr/lib/rabbitmq/bin/rabbitmq-server";

    private readonly string _folder = Directory.CreateTempSubdirectory("braid-rabbitmq-").FullName;
    private readonly int _port = FreePort();
    private readonly int _mapperPort = FreePort();
    private readonly int _distributionPort = FreePort();
    private Process? _mapper;
    private Process? _server;

    private RabbitMqServer() { }

    internal string Url => $"amqp://guest:guest@127.0.0.1:{_port}";

    internal static async Task<RabbitMqServer> StartAsync()
    {
        Assert.SkipUnless(File.Exists(Server) && File.Exists("/usr/bin/setsid"), "rabbitmq-server is not installed.");
        var server = new RabbitMqServer();
        await File.WriteAllTextAsync(Path.Combine(server._folder, "rabbitmq.conf"), $"listeners.tcp.default = 127.0.0.1:{server._port}\ndisk_free_limit.absolute = 50MB\n");
        await File.WriteAllTextAsync(Path.Combine(server._folder, "plugins"), "[].\n");
        // Erlang's port mapper: started here, for one that the server starts is a daemon that outlives it.
        server._mapper = server.Run("epmd", "-address", "127.0.0.1", "-port", Text(server._mapperPort));
        await server.RunAsync();
        return server;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>In a session of its own, so that a signal reaches all that it starts.</summary>
    private Process Run(string command, params string[] arguments)
    {
        var info = new ProcessStartInfo("setsid", [command, .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)
        [
            ("HOME", _folder), ("ERL_EPMD_PORT", Text(_mapperPort)), ("RABBITMQ_NODENAME", $"braid-{_port}@localhost"), ("RABBITMQ_DIST_PORT", Text(_distributionPort)),
            ("RABBITMQ_CONFIG_FILE", Path.Combine(_folder, "rabbitmq.conf")), ("RABBITMQ_ENABLED_PLUGINS_FILE", Path.Combine(_folder, "plugins")),
            ("RABBITMQ_CONF_ENV_FILE", "/dev/null"), ("RABBITMQ_MNESIA_BASE", Path.Combine(_folder, "data")), ("RABBITMQ_LOG_BASE", Path.Combine(_folder, "log")),
            // As eng/services.sh starts it. With memory that Erlang keeps (MMscs), the test that kills it takes 19 seconds, else 29.
            ("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "+sbwt none +sbwtdcpu none +sbwtdio none +MMscs 1024"),
        ]) info.Environment[name] = value;
        var process = Process.Start(info)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>Starts it, and returns when it takes connections.</summary>
    internal async Task RunAsync()
    {
        _server = Run(Server);
        var factory = new ConnectionFactory { Uri = new Uri(Url) };
        await TestTime.UntilAsync(async () =>
        {
            try
            {
                await using var connection = await factory.CreateConnectionAsync();
                return true;
            }
            catch (BrokerUnreachableException)
            {
                Assert.False(_server.HasExited, "RabbitMQ did not start.");
                return false;
            }
        }, "RabbitMQ takes connections");
    }

    /// <summary>It answers nothing for a while, and loses nothing.</summary>
    internal async Task PauseAsync(TimeSpan time)
    {
        Signal("STOP");
        // The pause itself is the fault.
        await Task.Delay(time);
        Signal("CONT");
    }

    private void Signal(string signal) => Signal(_server!, signal);

    private static void Signal(Process process, string signal)
    {
        using var kill = Process.Start("kill", ["-" + signal, "--", "-" + Text(process.Id)]);
        kill.WaitForExit();
    }

    /// <summary>SIGKILL: what it has confirmed is on its disk, all else is gone.</summary>
    internal async Task KillAsync()
    {
        Signal("KILL");
        await _server!.WaitForExitAsync().WaitAsync(TestTime.Limit);
        _server.Dispose();
        _server = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await KillAsync();
        if (_mapper is { } mapper)
        {
            Signal(mapper, "KILL");
            await mapper.WaitForExitAsync();
            mapper.Dispose();
        }
        Directory.Delete(_folder, recursive: true);
    }
}
