using System.Runtime.InteropServices;

namespace Braid.Celery.Cli;

/// <summary>
/// Celery's signals: the first SIGINT or SIGTERM is a warm shutdown, a second one or SIGQUIT a cold one.
/// </summary>
internal sealed class ShutdownSignals : IDisposable
{
    private readonly CancellationTokenSource _warm = new();
    private readonly CancellationTokenSource _cold = new();
    private readonly PosixSignalRegistration[] _registrations;

    private readonly string? _who;

    /// <param name="who">Who says that it shuts down; null says nothing.</param>
    internal ShutdownSignals(string? who)
    {
        _who = who;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnStop),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnStop),
            PosixSignalRegistration.Create(PosixSignal.SIGQUIT, OnQuit),
        ];
    }

    internal CancellationToken Warm => _warm.Token;
    internal CancellationToken Cold => _cold.Token;

    private void OnStop(PosixSignalContext context)
    {
        context.Cancel = true;
        if (_warm.IsCancellationRequested) OnQuit(context);
        else
        {
            Say("Warm shutdown (MainProcess); Ctrl+C again ends what runs");
            _warm.Cancel();
        }
    }

    private void OnQuit(PosixSignalContext context)
    {
        context.Cancel = true;
        if (!_cold.IsCancellationRequested) Say("Cold shutdown (MainProcess)");
        _cold.Cancel();
        _warm.Cancel();
    }

    private void Say(string what)
    {
        if (_who is not null) Console.Error.WriteLine($"\n{_who}: {what}");
    }

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _warm.Dispose();
        _cold.Dispose();
    }
}
