using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Braid.Celery.Redis;

namespace Braid.Celery.Tests.Chaos;

/// <summary>A Redis of one test's own, whose data outlives a restart: to be stopped, started again, held up and filled.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("braid-redis-").FullName;
    private readonly int _port = FreePort();
    private readonly string[] _options;
    private Process? _process;

    private RedisServer(string[] options) => _options = options;

    internal string Url => $"redis://127.0.0.1:{_port}/0";
    internal string Backend => $"redis://127.0.0.1:{_port}/1";
    internal string PathOf(string file) => Path.Combine(_folder, file);

    internal static async Task<RedisServer> StartAsync(params string[] options)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/redis-server"), "redis-server is not installed.");
        var server = new RedisServer(options);
        await server.RunAsync();
        return server;
    }

    internal RedisClient Client(int database = 1) => new(RedisEndpoint.Parse($"redis://127.0.0.1:{_port}/{database}"), "chaos", TimeProvider.System);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    internal async Task RunAsync()
    {
        _process = Process.Start(new ProcessStartInfo("redis-server", ["--bind", "127.0.0.1", "--port", _port.ToString(CultureInfo.InvariantCulture), "--dir", _folder,
            "--appendonly", "yes", "--save", "", .. _options]) { RedirectStandardOutput = true })!;
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        await using var client = Client();
        await client.ExecuteAsync(new RedisCommand("PING"), 100);
    }

    /// <summary>It answers nothing for a while, and loses nothing.</summary>
    internal async Task PauseAsync(TimeSpan time)
    {
        Signal("STOP");
        // The pause itself is the fault.
        await Task.Delay(time);
        Signal("CONT");
    }

    private void Signal(string signal)
    {
        using var kill = Process.Start("kill", ["-" + signal, _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    internal async Task StopAsync()
    {
        Signal("TERM");
        await _process!.WaitForExitAsync().WaitAsync(TestTime.Limit);
        _process.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
        Directory.Delete(_folder, recursive: true);
    }
}
