using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Braid.Celery.Cli;

/// <summary>Log lines in Celery's form, to standard error or a file.</summary>
internal sealed class ConsoleLog : ILogger, IDisposable
{
    private readonly LogLevel _least;
    private readonly TextWriter _writer;
    private readonly Lock _lock = new();

    private ConsoleLog(LogLevel least, TextWriter writer)
    {
        _least = least;
        _writer = writer;
    }

    /// <summary>The options of worker and beat.</summary>
    internal static (Option<string> Level, Option<string?> File) Options() =>
        (new("--loglevel", "-l") { Description = "DEBUG, INFO, WARNING, ERROR, CRITICAL or FATAL.", DefaultValueFactory = _ => "WARNING" },
            new("--logfile", "-f") { Description = "A file for the log. Default: standard error." });

    internal static ConsoleLog Open(string level, string? file)
    {
        var least = level.ToUpperInvariant() switch
        {
            "DEBUG" => LogLevel.Debug,
            "INFO" => LogLevel.Information,
            "WARNING" or "WARN" => LogLevel.Warning,
            "ERROR" => LogLevel.Error,
            "CRITICAL" or "FATAL" => LogLevel.Critical,
            _ => throw new UsageException($"--loglevel {level}: DEBUG, INFO, WARNING, ERROR, CRITICAL or FATAL was expected."),
        };
        return new(least, file is null ? Console.Error : new StreamWriter(file, append: true) { AutoFlush = true });
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= _least;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel)) return;
        var name = logLevel switch
        {
            LogLevel.Information => "INFO",
            LogLevel.Warning => "WARNING",
            LogLevel.Critical => "CRITICAL",
            var other => other.ToString().ToUpperInvariant(),
        };
        var line = string.Create(CultureInfo.InvariantCulture, $"[{DateTime.Now:yyyy-MM-dd HH:mm:ss,fff}: {name}/MainProcess] {formatter(state, exception)}");
        lock (_lock)
        {
            _writer.WriteLine(line);
            if (exception is not null) _writer.WriteLine(exception);
        }
    }

    public void Dispose()
    {
        if (_writer != Console.Error) _writer.Dispose();
    }
}
