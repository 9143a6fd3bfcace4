using System.Security.Cryptography;
using System.Text;
using Braid.Celery.Redis;
using Braid.Celery.Wire;
using Microsoft.Extensions.Logging;

namespace Braid.Celery.Beat;

/// <summary>
/// Sends periodic tasks. Any number of beats may run: one leads and sends, the others wait for its lease to run out.
/// A tick is claimed in the store, sent, and confirmed there. Claims are fenced, so a tick has one claimant. Where the store and the broker are
/// one Redis, sending and confirming are one step. Elsewhere a leader that dies between the two leaves a tick that the next leader sends again,
/// under the same task id, for nobody can know whether it was sent; Braid's workers then run one of the two.
/// </summary>
internal sealed class CeleryBeat
{
    /// <summary>A header of Braid's own: which of the messages of one tick this is.</summary>
    internal const string PublicationHeader = "x-braid-publication";

    private readonly CeleryApp _app;
    private readonly BeatOptions _options;
    private readonly IBeatStore _store;

    internal CeleryBeat(CeleryApp app, BeatOptions options, IBeatStore store)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Lease, TimeSpan.FromSeconds(1));
        _app = app;
        _options = options;
        _store = store;
    }

    /// <summary>Whether this beat led when it last looked. For tests.</summary>
    internal bool Leads { get; private set; }

    internal async Task RunAsync(CancellationToken stop)
    {
        var backoff = new Backoff();
        var led = false;
        try
        {
            while (true)
            {
                stop.ThrowIfCancellationRequested();
                TimeSpan pause;
                try
                {
                    pause = await LeadOnceAsync(led, stop);
                    if (Leads != led) BeatLog.Leading(_app.Logger, Leads ? "leads" : "waits");
                    led = Leads;
                    backoff.Reset();
                }
                catch (BeatDeposedException)
                {
                    led = Leads = false;
                    BeatLog.Leading(_app.Logger, "was replaced");
                    pause = TimeSpan.Zero;
                }
                catch (Exception e) when (e is not (OperationCanceledException or OutOfMemoryException))
                {
                    // Whatever it was, a beat that ended would be silence; a tick that was claimed is sent on the next turn.
                    led = Leads = false;
                    BeatLog.Interrupted(_app.Logger, e, e.Message);
                    pause = backoff.Next();
                }
                if (pause > TimeSpan.Zero) await Task.Delay(pause, _app.Time, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested) { }
        if (Leads) await ReleaseAsync();
    }

    private async Task ReleaseAsync()
    {
        Leads = false;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        try { await _store.ReleaseAsync(limit.Token); }
        // The lease runs out by itself.
        catch (Exception e) when (e is BraidException or OperationCanceledException or System.Data.Common.DbException) { BeatLog.Interrupted(_app.Logger, e, e.Message); }
    }

    /// <summary>One turn: leads, sends what is due, and says how long there is nothing to do.</summary>
    private async Task<TimeSpan> LeadOnceAsync(bool led, CancellationToken stop)
    {
        var renewal = _options.Lease / 3;
        var leadsUntil = _app.Time.GetTimestamp();
        if (await _store.LeadAsync(_options.Lease, stop) is not { } token)
        {
            Leads = false;
            return renewal;
        }
        Leads = true;
        var marks = await _store.ReadAsync(stop);
        if (!led) await ResumeAsync(marks, stop);
        var now = _app.Time.GetUtcNow();
        foreach (var task in _app.PeriodicTasks.Values)
        {
            if (marks.ContainsKey(task.Name)) continue;
            var first = now.AddTicks(-(now.Ticks % 10));
            await _store.ClaimAsync(token, task.Name, first, isFirst: true, stop);
            marks[task.Name] = new(first, true);
        }
        var (due, wake) = BeatPlan.Decide(_app.PeriodicTasks.Values, name => marks.TryGetValue(name, out var mark) ? mark.Tick : null, now, _options.StartingDeadline);
        foreach (var tick in due)
        {
            // A long list must not outlast the lease.
            if (_app.Time.GetElapsedTime(leadsUntil) > renewal) return TimeSpan.Zero;
            if (await _store.ClaimAsync(token, tick.Task.Name, tick.Time, isFirst: false, stop)) await SendAsync(tick, stop);
        }
        var rest = wake - _app.Time.GetUtcNow();
        return rest < renewal ? rest.Value > TimeSpan.Zero ? rest.Value : TimeSpan.Zero : renewal;
    }

    /// <summary>What an earlier leader claimed and did not confirm.</summary>
    private async Task ResumeAsync(Dictionary<string, BeatMark> marks, CancellationToken stop)
    {
        foreach (var (name, mark) in marks)
        {
            if (mark.IsSent || !_app.PeriodicTasks.TryGetValue(name, out var task)) continue;
            BeatLog.Resumed(_app.Logger, name, mark.Tick);
            await SendAsync(new(task, mark.Tick), stop);
        }
    }

    private async Task SendAsync(BeatTick tick, CancellationToken stop)
    {
        var id = IdOf(_app.Name, tick);
        var headers = new Dictionary<string, object?>(StringComparer.Ordinal) { ["periodic_task_name"] = tick.Task.Name };
        if (tick.Task.Signature.Options.GetValueOrDefault("headers") is Dictionary<string, object?> own)
            foreach (var (key, value) in own) headers[key] = value;
        var options = new Dictionary<string, object?>(StringComparer.Ordinal) { ["task_id"] = id, ["headers"] = headers };
        var isConfirmed = false;
        try
        {
            // Not abandoned on stop: a message whose fate is unknown would be sent twice.
            var signature = tick.Task.Signature.Clone();
            if (signature.GetType() == typeof(Signature))
                await _app.SendAsync(signature.Task, signature.Args, signature.Kwargs, CanvasSender.Merge(signature.Options, options), CancellationToken.None, PublishAsync);
            else await SendCanvasAsync(signature);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException or InvalidOperationException and not ObjectDisposedException)
        {
            // It can never be sent: the next tick is tried, and the others go on.
            BeatLog.Refused(_app.Logger, e, tick.Task.Name, e.Message);
        }
        if (!isConfirmed) await ConfirmAsync(tick, stop);
        BeatLog.Sent(_app.Logger, tick.Task.Name, tick.Task.Signature.Task, id);

        async Task PublishAsync(OutgoingMessage message, CancellationToken cancellationToken)
        {
            isConfirmed = await _store.TrySendAsync(_app.Broker, message, tick.Task.Name, tick.Time, _app.Settings.PublishAttempts, cancellationToken);
            if (isConfirmed) return;
            MarkPublication();
            await _app.Broker.PublishAsync(message, cancellationToken);
        }

        // Several messages cannot be sent and confirmed in one step. All its tasks have ids that follow from the tick, as a plain task has.
        async Task SendCanvasAsync(Signature signature)
        {
            var tasks = 0;
            CanvasSender.Freeze(_app, signature, null, () => IdOf(_app.Name, tick, ++tasks));
            MarkPublication();
            await CanvasSender.SendAsync(_app, signature, [], options, CancellationToken.None);
        }

        // It may be sent again by the next leader: of the two a worker runs the one that it meets first.
        void MarkPublication() => headers[PublicationHeader] = Guid.NewGuid().ToString();
    }

    private async Task ConfirmAsync(BeatTick tick, CancellationToken stop)
    {
        // A stop leaves it two seconds: what is not confirmed is sent again.
        using var limit = new CancellationTokenSource();
        await using (stop.Register(() => limit.CancelAfter(TimeSpan.FromSeconds(2))))
            await _store.ConfirmAsync(tick.Task.Name, tick.Time, limit.Token);
    }

    /// <summary>The same tick has the same id, whichever beat sends it; so has each task of a canvas, of which this is the <paramref name="part"/>.</summary>
    internal static string IdOf(string app, BeatTick tick, int part = 0)
    {
        var name = $"{app}\n{tick.Task.Name}\n{tick.Time.UtcTicks}";
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(part == 0 ? name : $"{name}\n{part}"));
        // Version 8, RFC 9562: a UUID of one's own making.
        hash[6] = (byte)(hash[6] & 0x0f | 0x80);
        hash[8] = (byte)(hash[8] & 0x3f | 0x80);
        return new Guid(hash.AsSpan(0, 16), bigEndian: true).ToString();
    }
}

internal static partial class BeatLog
{
    [LoggerMessage(40, LogLevel.Information, "beat {What}")]
    internal static partial void Leading(ILogger logger, string what);

    [LoggerMessage(41, LogLevel.Information, "Scheduler: Sending due task {Name} ({Task}) [{Id}]")]
    internal static partial void Sent(ILogger logger, string name, string task, string id);

    [LoggerMessage(42, LogLevel.Warning, "Periodic task {Name}: the tick of {Tick} was claimed by a beat that was lost; it is sent now")]
    internal static partial void Resumed(ILogger logger, string name, DateTimeOffset tick);

    [LoggerMessage(43, LogLevel.Error, "The beat was interrupted and goes on: {Reason}")]
    internal static partial void Interrupted(ILogger logger, Exception exception, string reason);

    [LoggerMessage(44, LogLevel.Error, "Periodic task {Name} cannot be sent: {Reason}")]
    internal static partial void Refused(ILogger logger, Exception exception, string name, string reason);
}
