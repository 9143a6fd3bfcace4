using System.Text.Json;
using Braid.Celery.Wire;

namespace Braid.Celery;

/// <summary>The names of task states, as they stand on the wire.</summary>
public static class TaskStates
{
    /// <summary>Nothing is known of the task: it waits, or never was.</summary>
    public const string Pending = "PENDING";
    /// <summary>A worker has it. Used by custom progress only.</summary>
    public const string Received = "RECEIVED";
    /// <summary>It runs. Stored only with <see cref="CelerySettings.TrackStarted"/>.</summary>
    public const string Started = "STARTED";
    /// <summary>It returned.</summary>
    public const string Success = "SUCCESS";
    /// <summary>It failed for good.</summary>
    public const string Failure = "FAILURE";
    /// <summary>It failed and will run again.</summary>
    public const string Retry = "RETRY";
    /// <summary>It was revoked or expired before it ran, or terminated.</summary>
    public const string Revoked = "REVOKED";
    /// <summary>It was rejected.</summary>
    public const string Rejected = "REJECTED";
    /// <summary>It was ignored.</summary>
    public const string Ignored = "IGNORED";

    internal static bool IsReady(string state) => state is Success or Failure or Revoked;
    internal static bool Propagates(string state) => state is Failure or Revoked;
}

/// <summary>What a backend stores of one task. The result stays JSON until it is asked for with a type.</summary>
internal sealed record ResultMeta
{
    public required string TaskId { get; init; }
    public required string Status { get; init; }

    /// <summary>The result as JSON: a value, or an exception's description.</summary>
    public ReadOnlyMemory<byte> Result { get; init; } = NullJson;
    public string? Traceback { get; init; }

    /// <summary>The tuples of children, as plain values.</summary>
    public List<object?>? Children { get; init; }
    public DateTimeOffset? DateDone { get; init; }
    public string? ParentId { get; init; }
    public string? GroupId { get; init; }

    /// <summary>With result_extended: name, args, kwargs, worker, retries, queue.</summary>
    public ExtendedMeta? Extended { get; init; }

    internal static readonly byte[] NullJson = "null"u8.ToArray();

    internal byte[] ToJson()
    {
        using var buffer = new PooledWriter();
        using (var writer = new Utf8JsonWriter(buffer, PlainValue.WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteString("status"u8, Status);
            writer.WritePropertyName("result"u8);
            writer.WriteRawValue(Result.Span, skipInputValidation: true);
            writer.WriteString("traceback"u8, Traceback);
            writer.WritePropertyName("children"u8);
            PlainValue.Write(writer, Children ?? EmptyList, CeleryJson.Plain);
            writer.WriteString("date_done"u8, DateDone is { } done ? PythonTime.Format(done) : null);
            if (GroupId is not null) writer.WriteString("group_id"u8, GroupId);
            if (ParentId is not null) writer.WriteString("parent_id"u8, ParentId);
            if (Extended is { } extended)
            {
                writer.WriteString("name"u8, extended.Name);
                writer.WritePropertyName("args"u8);
                writer.WriteRawValue(extended.Args.Span, skipInputValidation: true);
                writer.WritePropertyName("kwargs"u8);
                writer.WriteRawValue(extended.Kwargs.Span, skipInputValidation: true);
                writer.WriteString("worker"u8, extended.Worker);
                writer.WriteNumber("retries"u8, extended.Retries);
                writer.WriteString("queue"u8, extended.Queue);
            }
            writer.WriteString("task_id"u8, TaskId);
            writer.WriteEndObject();
        }
        return buffer.ToArray();
    }

    private static readonly List<object?> EmptyList = [];

    internal static ResultMeta Parse(ReadOnlyMemory<byte> json)
    {
        ReadOnlyMemory<byte> source = json;
        try { return ParseStrict(source); }
        catch (JsonException) when (NonFinite.TryQuote(json.Span) is { } quoted) { return ParseStrict(quoted); }
    }

    private static ResultMeta ParseStrict(ReadOnlyMemory<byte> json)
    {
        var reader = new Utf8JsonReader(json.Span, PlainValue.ReaderOptions);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException("A stored result is not a JSON object.");
        string? status = null, traceback = null, parent = null, group = null, id = null, done = null;
        ReadOnlyMemory<byte> result = NullJson;
        List<object?>? children = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = reader.GetString();
            reader.Read();
            switch (name)
            {
                case "status": status = reader.GetString(); break;
                case "traceback": traceback = PlainValue.Read(ref reader) as string; break;
                case "parent_id": parent = PlainValue.Read(ref reader) as string; break;
                case "group_id": group = PlainValue.Read(ref reader) as string; break;
                case "task_id": id = PlainValue.Read(ref reader) as string; break;
                case "date_done": done = PlainValue.Read(ref reader) as string; break;
                case "children": children = PlainValue.Read(ref reader) as List<object?>; break;
                case "result":
                    var start = (int)reader.TokenStartIndex;
                    reader.Skip();
                    result = json[start..(int)reader.BytesConsumed];
                    break;
                default: reader.Skip(); break;
            }
        }
        return new ResultMeta
        {
            TaskId = id ?? "",
            Status = status ?? throw new JsonException("A stored result has no status."),
            Result = result,
            Traceback = traceback,
            Children = children,
            ParentId = parent,
            GroupId = group,
            DateDone = done is not null && PythonTime.TryParseOffset(done, out var time) ? time : null,
        };
    }
}

/// <summary>What <c>result_extended</c> adds to a stored result.</summary>
internal sealed record ExtendedMeta(string Name, ReadOnlyMemory<byte> Args, ReadOnlyMemory<byte> Kwargs, string? Worker, int Retries, string? Queue);
