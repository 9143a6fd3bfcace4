using System.Text.Json;

namespace Braid.Celery.Wire;

/// <summary>
/// The headers of a task message, protocol 2. Unknown headers are the user's own and are kept in <see cref="Custom"/>.
/// </summary>
internal sealed class TaskHeaders
{
    public required string Task { get; set; }
    public required string Id { get; set; }
    public string Lang { get; set; } = "dotnet";
    public string? Shadow { get; set; }
    public DateTimeOffset? Eta { get; set; }
    public DateTimeOffset? Expires { get; set; }
    public string? Group { get; set; }
    public long? GroupIndex { get; set; }
    public int Retries { get; set; }

    /// <summary>Seconds.</summary>
    public double? HardLimit { get; set; }

    /// <summary>Seconds.</summary>
    public double? SoftLimit { get; set; }

    public string? RootId { get; set; }
    public string? ParentId { get; set; }
    public string? ArgsRepr { get; set; }
    public string? KwargsRepr { get; set; }
    public string? Origin { get; set; }
    public bool IgnoreResult { get; set; }
    public int ReplacedTaskNesting { get; set; }
    public List<object?>? StampedHeaders { get; set; }
    public Dictionary<string, object?>? Stamps { get; set; }
    public string? Compression { get; set; }
    public Dictionary<string, object?>? Custom { get; set; }

    /// <summary>Reads headers from a table of plain values.</summary>
    /// <exception cref="PoisonMessageException">A header that is needed is missing or has a wrong form.</exception>
    internal static TaskHeaders Read(Dictionary<string, object?> table)
    {
        if (table.Text("task") is not { } task) throw new PoisonMessageException("The header 'task' is missing or not a string.");
        if (table.Text("id") is not { } id) throw new PoisonMessageException("The header 'id' is missing or not a string.");
        var headers = new TaskHeaders { Task = task, Id = id };
        foreach (var (key, value) in table)
        {
            switch (key)
            {
                case "task" or "id": break;
                case "lang": headers.Lang = value as string ?? ""; break;
                case "shadow": headers.Shadow = value as string; break;
                case "eta": headers.Eta = Time(key, value); break;
                case "expires": headers.Expires = Time(key, value); break;
                case "group": headers.Group = value as string; break;
                case "group_index": headers.GroupIndex = value as long?; break;
                case "retries": headers.Retries = Count(key, value); break;
                case "timelimit": (headers.HardLimit, headers.SoftLimit) = Limits(value); break;
                case "root_id": headers.RootId = value as string; break;
                case "parent_id": headers.ParentId = value as string; break;
                case "argsrepr": headers.ArgsRepr = value as string; break;
                case "kwargsrepr": headers.KwargsRepr = value as string; break;
                case "origin": headers.Origin = value as string; break;
                case "ignore_result": headers.IgnoreResult = value is true; break;
                case "replaced_task_nesting": headers.ReplacedTaskNesting = Count(key, value); break;
                case "stamped_headers": headers.StampedHeaders = value as List<object?>; break;
                case "stamps": headers.Stamps = value as Dictionary<string, object?>; break;
                case "compression": headers.Compression = value as string; break;
                default: (headers.Custom ??= new(StringComparer.Ordinal))[key] = value; break;
            }
        }
        return headers;
    }

    internal static DateTimeOffset? Time(string key, object? value) => value switch
    {
        null => null,
        string text when PythonTime.TryParseOffset(text, out var time) => time,
        // A header is a text; an option of a signature is a value of the body, which Celery 5.3 and later write with its type.
        Dictionary<string, object?> typed when typed.Text("__type__") == "datetime" && typed.Text("__value__") is { } text && PythonTime.TryParseOffset(text, out var time) => time,
        long or double when PlainValue.Number(value) is { } epoch && epoch is > -62_135_596_800 and < 253_402_300_800 => DateTimeOffset.UnixEpoch.AddSeconds(epoch),
        _ => throw new PoisonMessageException($"The header '{key}' is not a time: {PythonRepr.Of(value)}."),
    };

    private static int Count(string key, object? value) => value switch
    {
        null => 0,
        long number and >= 0 and <= int.MaxValue => (int)number,
        _ => throw new PoisonMessageException($"The header '{key}' is not a count: {PythonRepr.Of(value)}."),
    };

    internal static (double?, double?) Limits(object? value) => value switch
    {
        null => (null, null),
        // Python's worker dies of a list that is not a pair; here it is as good as no limits where it is readable.
        List<object?> list when list.TrueForAll(v => v is null || PlainValue.Number(v) is not null) =>
            (list.Count > 0 ? PlainValue.Number(list[0]) : null, list.Count > 1 ? PlainValue.Number(list[1]) : null),
        _ => throw new PoisonMessageException($"The header 'timelimit' is not a pair of seconds: {PythonRepr.Of(value)}."),
    };

    /// <summary>The header names in Python's own order, as a table: AMQP sends it, Redis writes it as JSON.</summary>
    internal Dictionary<string, object?> ToTable()
    {
        var table = new Dictionary<string, object?>(24, StringComparer.Ordinal);
        if (Custom is not null)
            foreach (var (key, value) in Custom) table[key] = value;
        table["lang"] = Lang;
        table["task"] = Task;
        table["id"] = Id;
        table["shadow"] = Shadow;
        table["eta"] = Eta is { } eta ? PythonTime.Format(eta) : null;
        table["expires"] = Expires is { } expires ? PythonTime.Format(expires) : null;
        table["group"] = Group;
        table["group_index"] = GroupIndex;
        table["retries"] = (long)Retries;
        table["timelimit"] = new List<object?> { Seconds(HardLimit), Seconds(SoftLimit) };
        table["root_id"] = RootId;
        table["parent_id"] = ParentId;
        table["argsrepr"] = ArgsRepr;
        table["kwargsrepr"] = KwargsRepr;
        table["origin"] = Origin;
        table["ignore_result"] = IgnoreResult;
        table["replaced_task_nesting"] = (long)ReplacedTaskNesting;
        table["stamped_headers"] = StampedHeaders;
        table["stamps"] = Stamps ?? new Dictionary<string, object?>(StringComparer.Ordinal);
        if (Compression is not null) table["compression"] = Compression;
        return table;
    }

    internal static object? Seconds(double? limit) => limit is { } s && s == Math.Floor(s) && Math.Abs(s) < 1e15 ? (object)(long)s : limit;

    /// <summary>Writes the same table straight to JSON, without building it: the path of every message on Redis.</summary>
    internal void Write(Utf8JsonWriter writer, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        if (Custom is not null)
        {
            foreach (var (key, value) in Custom)
            {
                writer.WritePropertyName(key);
                PlainValue.Write(writer, value, options);
            }
        }
        writer.WriteString("lang"u8, Lang);
        writer.WriteString("task"u8, Task);
        writer.WriteString("id"u8, Id);
        writer.WriteString("shadow"u8, Shadow);
        writer.WriteString("eta"u8, Eta is { } eta ? PythonTime.Format(eta) : null);
        writer.WriteString("expires"u8, Expires is { } expires ? PythonTime.Format(expires) : null);
        writer.WriteString("group"u8, Group);
        if (GroupIndex is { } index) writer.WriteNumber("group_index"u8, index); else writer.WriteNull("group_index"u8);
        writer.WriteNumber("retries"u8, Retries);
        writer.WriteStartArray("timelimit"u8);
        PlainValue.Write(writer, Seconds(HardLimit), options);
        PlainValue.Write(writer, Seconds(SoftLimit), options);
        writer.WriteEndArray();
        writer.WriteString("root_id"u8, RootId);
        writer.WriteString("parent_id"u8, ParentId);
        writer.WriteString("argsrepr"u8, ArgsRepr);
        writer.WriteString("kwargsrepr"u8, KwargsRepr);
        writer.WriteString("origin"u8, Origin);
        writer.WriteBoolean("ignore_result"u8, IgnoreResult);
        writer.WriteNumber("replaced_task_nesting"u8, ReplacedTaskNesting);
        writer.WritePropertyName("stamped_headers"u8);
        PlainValue.Write(writer, StampedHeaders, options);
        writer.WritePropertyName("stamps"u8);
        if (Stamps is null)
        {
            writer.WriteStartObject();
            writer.WriteEndObject();
        }
        else PlainValue.Write(writer, Stamps, options);
        if (Compression is not null) writer.WriteString("compression"u8, Compression);
        writer.WriteEndObject();
    }
}
