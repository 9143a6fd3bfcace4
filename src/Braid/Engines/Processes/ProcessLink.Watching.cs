using System.Globalization;
using Braid.Driver;
using Braid.Driver.Workers;
using Braid.Wire;

namespace Braid.Engines.Processes;

// Looking after one worker, at each tick: does it answer, and how much memory does it take? While the inbox is drained, but for what is marked.
internal sealed partial class ProcessLink
{
    /// <summary>A worker that was not heard of for so long is asked whether it is there.</summary>
    private static readonly TimeSpan PingAfter = TimeSpan.FromSeconds(1);

    private readonly MemoryWatch? _memory;

    /// <summary>Something came from the worker since the last tick. Written by the reading thread.</summary>
    private volatile bool _heard;

    /// <summary>Ticks since something came.</summary>
    private int _silentTicks;

    /// <summary>Ticks since it was asked; -1 while no answer is awaited.</summary>
    private int _unansweredTicks = -1;

    /// <summary>Why it is being ended, where it is not for a task.</summary>
    private string? _reason;

    public override void Tick()
    {
        Listen();
        if (_memory is not null && _reason is null && PrivateBytes() is { } bytes)
            Weigh(_memory, bytes);
    }

    private void Listen()
    {
        if (_heard)
        {
            _heard = false;
            _silentTicks = 0;
            _unansweredTicks = -1;
            return;
        }

        _silentTicks++;
        if (_options.HangTimeout == Timeout.InfiniteTimeSpan)
            return;
        if (_unansweredTicks >= 0)
        {
            if (++_unansweredTicks * DriverBackend.TickPeriod >= _options.HangTimeout)
                End($"it did not answer for {_options.HangTimeout} (ClusterOptions.HangTimeout) and was ended.");
        }
        else if (_silentTicks * DriverBackend.TickPeriod >= PingAfter)
        {
            _unansweredTicks = 0;
            _outgoing.Begin(FrameKind.Ping);
            _outgoing.End();
            _session.Driver.MarkDirty(this);
        }
    }

    private void Weigh(MemoryWatch memory, long bytes)
    {
        switch (memory.Look(bytes))
        {
            case MemoryAction.Press:
                _session.Driver.SetPressure(this, isPressed: true);
                break;
            case MemoryAction.Relax:
                _session.Driver.SetPressure(this, isPressed: false);
                break;
            case MemoryAction.Relieve:
                _outgoing.Begin(FrameKind.Trim);
                _outgoing.End();
                _session.Driver.MarkDirty(this);
                _session.Relieve();
                break;
            case MemoryAction.End:
                End($"it used {bytes:N0} bytes of memory of a budget of {_session.WorkerMemoryBytes:N0} (ClusterOptions.WorkerMemoryBytes) and was ended.");
                break;
        }
    }

    /// <summary>What was assigned to it is charged as for any lost worker.</summary>
    private void End(string reason)
    {
        if (_reason is not null)
            return;
        _reason = reason;
        _child.Kill();
    }

    /// <summary>Resident and its own: shared memory has a budget of its own, and files that are mapped can be read again. Null where it is not known.</summary>
    private long? PrivateBytes()
    {
        try
        {
            // size resident shared …, in pages.
            Span<byte> text = stackalloc byte[128];
            using var file = File.OpenHandle($"/proc/{ProcessId}/statm");
            var fields = System.Text.Encoding.ASCII.GetString(text[..RandomAccess.Read(file, text, 0)]).Split(' ');
            var pages = long.Parse(fields[1], CultureInfo.InvariantCulture) - long.Parse(fields[2], CultureInfo.InvariantCulture);
            return pages * Environment.SystemPageSize;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException)
        {
            // It has just ended, or this system tells nothing of its processes.
            return null;
        }
    }
}
