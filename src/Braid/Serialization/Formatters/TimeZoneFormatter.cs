using System.Buffers;

namespace Braid.Serialization.Formatters;

/// <summary>
/// A zone of the system by its id, another by its rules. Rules alone would not do: .NET reads back its own text of hardly any zone of the
/// tz database.
/// </summary>
internal sealed class TimeZoneFormatter : LeafFormatter<TimeZoneInfo>
{
    // The longest of the tz database and of Windows have some forty.
    private const int IdCharsMax = 100;

    private static readonly SearchValues<char> IdChars =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 /_+-.()");

    private const byte ById = 0;
    private const byte ByRules = 1;

    public override void Write(ObjectWriter writer, TimeZoneInfo value)
    {
        if (IsOfSystem(value))
        {
            writer.WriteByte(ById);
            writer.WriteString(value.Id);
        }
        else
        {
            writer.WriteByte(ByRules);
            writer.WriteString(RulesOf(value));
        }
    }

    public override TimeZoneInfo Read(ObjectReader reader) => reader.ReadByte() switch
    {
        ById => Find(BuiltIn.Text(reader, IdCharsMax)),
        ByRules => TimeZoneInfo.FromSerializedString(BuiltIn.Text(reader)),
        var other => throw reader.Malformed($"time zone {other} is of an unknown kind"),
    };

    private static bool IsOfSystem(TimeZoneInfo value) =>
        IsId(value.Id) && TimeZoneInfo.TryFindSystemTimeZoneById(value.Id, out var known) && (ReferenceEquals(known, value) || known.Equals(value));

    private static TimeZoneInfo Find(string id) =>
        IsId(id) && TimeZoneInfo.TryFindSystemTimeZoneById(id, out var known)
            ? known
            : throw new SerializationException($"The time zone '{id}' is not known here. Zones of the system travel by their ids: install the tz database (the package tzdata) "
                + "where this was read, or send a zone that TimeZoneInfo.CreateCustomTimeZone made.");

    // On Unix an id is a path under the directory of zones, and a payload must not lead out of it.
    private static bool IsId(string id) =>
        id.Length is > 0 and <= IdCharsMax && char.IsAsciiLetter(id[0]) && !id.Contains("..", StringComparison.Ordinal)
        && id.AsSpan().IndexOfAnyExcept(IdChars) < 0;

    private static string RulesOf(TimeZoneInfo value)
    {
        try
        {
            var rules = value.ToSerializedString();
            if (TimeZoneInfo.FromSerializedString(rules).Equals(value))
                return rules;
        }
        catch (System.Runtime.Serialization.SerializationException e)
        {
            throw Refused(value, e.Message);
        }

        throw Refused(value, "they come back as others");
    }

    private static SerializationException Refused(TimeZoneInfo value, string why) =>
        new(value, typeof(TimeZoneInfo), $"the system has no zone '{value.Id}' of these rules, and .NET cannot write and read the rules themselves ({why.TrimEnd('.')}). Send an id, and find the zone where it is used.");
}
