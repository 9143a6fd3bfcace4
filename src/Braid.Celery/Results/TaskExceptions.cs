using System.Text.Json;
using Braid.Celery.Wire;

namespace Braid.Celery;

/// <summary>
/// A task's failure as it stands on the wire: the exception's type, module and arguments. A task throws one to fail with a Python
/// exception of that name; <see cref="AsyncResult.GetAsync{T}(TimeSpan?, CancellationToken)"/> throws one for a failed task.
/// </summary>
public class TaskException : BraidException
{
    /// <summary>Describes a failure.</summary>
    /// <param name="type">The exception's class: "ValueError".</param>
    /// <param name="module">The class's module: "builtins".</param>
    /// <param name="arguments">What the exception was made of, usually one message.</param>
    public TaskException(string type, string? module, params IReadOnlyList<object?> arguments)
        : base(arguments is [string one] ? one : string.Join(", ", (arguments ?? []).Select(PythonRepr.Of)))
    {
        ArgumentNullException.ThrowIfNull(type);
        ExceptionType = type;
        ExceptionModule = module;
        Arguments = arguments ?? [];
    }

    /// <summary>The exception's class, <c>exc_type</c> on the wire.</summary>
    public string ExceptionType { get; }

    /// <summary>The class's module or namespace, <c>exc_module</c> on the wire.</summary>
    public string? ExceptionModule { get; }

    /// <summary>The exception's arguments, <c>exc_message</c> on the wire.</summary>
    public IReadOnlyList<object?> Arguments { get; }

    /// <summary>The stack where the task failed, as its worker wrote it.</summary>
    public string? RemoteTraceback { get; internal set; }

    /// <summary>The failed task.</summary>
    public string? TaskId { get; internal set; }

    /// <inheritdoc/>
    public override string ToString() => $"{ExceptionModule}.{ExceptionType}: {Message}"
        + (TaskId is null ? "" : $" (task {TaskId})") + (RemoteTraceback is null ? "" : Environment.NewLine + RemoteTraceback);
}

/// <summary>The task was revoked, terminated or expired.</summary>
public sealed class TaskRevokedException : TaskException
{
    internal TaskRevokedException(string reason) : base("TaskRevokedError", "celery.exceptions", reason) { }
}

/// <summary>A chord's body cannot run because a task of its header failed.</summary>
public sealed class ChordException : TaskException
{
    internal ChordException(string message) : base("ChordError", "celery.exceptions", message) { }
}

/// <summary>The soft time limit has passed. Thrown where a task observes its cancellation token after that.</summary>
public sealed class SoftTimeLimitExceededException : TaskException
{
    internal SoftTimeLimitExceededException() : base("SoftTimeLimitExceeded", "billiard.exceptions") { }
}

/// <summary>The arguments do not fit the task's parameters; the texts are Python's.</summary>
public sealed class TaskArgumentException : TaskException
{
    internal TaskArgumentException(string message) : base("TypeError", "builtins", message) { }

    internal static TaskArgumentException Missing(string function, IReadOnlyList<string> names)
    {
        var list = names.Count switch
        {
            1 => $"'{names[0]}'",
            2 => $"'{names[0]}' and '{names[1]}'",
            _ => string.Join(", ", names.Take(names.Count - 1).Select(n => $"'{n}'")) + $", and '{names[^1]}'",
        };
        return new($"{function}() missing {names.Count} required positional argument{(names.Count == 1 ? "" : "s")}: {list}");
    }

    internal static TaskArgumentException Unexpected(string function, string name) => new($"{function}() got an unexpected keyword argument '{name}'");
}

/// <summary>To and from the JSON of <c>{"exc_type", "exc_message", "exc_module"}</c>.</summary>
internal static class ExceptionWire
{
    internal static byte[] Write(Exception exception)
    {
        var (type, module, arguments) = Describe(exception);
        var map = new Dictionary<string, object?>(StringComparer.Ordinal) { ["exc_type"] = type, ["exc_message"] = arguments, ["exc_module"] = module };
        try { return PlainValue.ToJson(map, CeleryJson.Typed); }
        catch (Exception e) when (e is NotSupportedException or JsonException)
        {
            map["exc_message"] = arguments.ConvertAll(object? (a) => PythonRepr.Of(a));
            return PlainValue.ToJson(map, CeleryJson.Typed);
        }
    }

    /// <summary>A .NET exception keeps its own name and namespace; a <see cref="TaskException"/> says what stands on the wire.</summary>
    internal static (string Type, string? Module, List<object?> Arguments) Describe(Exception exception) => exception switch
    {
        TaskException task => (task.ExceptionType, task.ExceptionModule, [.. task.Arguments]),
        _ => (exception.GetType().Name, exception.GetType().Namespace ?? "", [exception.Message]),
    };

    /// <summary>Python's <c>repr()</c> of the exception: <c>ValueError('boom')</c>.</summary>
    internal static string Repr(Exception exception)
    {
        var (type, _, arguments) = Describe(exception);
        return $"{type}({string.Join(", ", arguments.Select(PythonRepr.Of))})";
    }

    internal static TaskException Read(ReadOnlySpan<byte> json, string? traceback, string? taskId)
    {
        var exception = PlainValue.Parse(json) is Dictionary<string, object?> map && map.Text("exc_type") is { } type
            ? Create(type, map.Text("exc_module"), map.GetValueOrDefault("exc_message") switch { List<object?> list => list, null => [], var one => [one] })
            : new TaskException("Exception", "builtins", PythonRepr.Of(PlainValue.Parse(json)));
        exception.RemoteTraceback = traceback;
        exception.TaskId = taskId;
        return exception;
    }

    private static TaskException Create(string type, string? module, List<object?> arguments) => type switch
    {
        "TaskRevokedError" => new TaskRevokedException(arguments is [string reason, ..] ? reason : "revoked"),
        "ChordError" => new ChordException(arguments is [string message, ..] ? message : ""),
        "SoftTimeLimitExceeded" => new SoftTimeLimitExceededException(),
        "TypeError" when arguments is [string text] => new TaskArgumentException(text),
        _ => new TaskException(type, module, arguments),
    };
}
