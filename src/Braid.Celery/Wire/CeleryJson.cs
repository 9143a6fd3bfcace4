using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Braid.Celery.Wire;

/// <summary>
/// The JSON of Celery's messages: members are snake_case, as Python's are, and dates, decimals, UUIDs and bytes have the two forms of
/// <see cref="JsonDialect"/>.
/// </summary>
internal static class CeleryJson
{
    internal static readonly JsonSerializerOptions Typed = Create(JsonDialect.Typed);
    internal static readonly JsonSerializerOptions Plain = Create(JsonDialect.Plain);

    internal static JsonSerializerOptions For(JsonDialect dialect) => dialect == JsonDialect.Typed ? Typed : Plain;

    private static JsonSerializerOptions Create(JsonDialect dialect)
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            PropertyNameCaseInsensitive = true,
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            Encoder = JavaScriptEncoder.Default,
            MaxDepth = PlainValue.MaxDepth,
            IncludeFields = true,
        };
        var typed = dialect == JsonDialect.Typed;
        options.Converters.Add(new TypedConverter<DateTime>("datetime", typed, PythonTime.Format, PythonTime.ParseDateTime));
        options.Converters.Add(new TypedConverter<DateTimeOffset>("datetime", typed, PythonTime.Format, PythonTime.ParseOffset));
        options.Converters.Add(new TypedConverter<DateOnly>("date", typed,
            d => d.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), s => DateOnly.Parse(s, CultureInfo.InvariantCulture)));
        options.Converters.Add(new TypedConverter<TimeOnly>("time", typed: false,
            t => t.ToString("HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture), s => TimeOnly.Parse(s, CultureInfo.InvariantCulture)));
        options.Converters.Add(new TypedConverter<decimal>("decimal", typed,
            d => d.ToString(CultureInfo.InvariantCulture), s => decimal.Parse(s, NumberStyles.Float, CultureInfo.InvariantCulture)));
        options.Converters.Add(new GuidConverter(typed));
        options.Converters.Add(new BytesConverter(typed));
        options.Converters.Add(new DoubleConverter());
        options.Converters.Add(new FloatConverter());
        options.Converters.Add(new BigIntegerConverter());
        options.Converters.Add(new ObjectConverter());
        options.Converters.Add(new SignatureConverter());
        options.Converters.Add(new ResultConverter());
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    /// <summary>Reads the text of a value that stands as a plain string or as <c>{"__type__": …, "__value__": …}</c>.</summary>
    internal static string ReadText(ref Utf8JsonReader reader, out string? type)
    {
        type = null;
        switch (reader.TokenType)
        {
            case JsonTokenType.String: return reader.GetString()!;
            case JsonTokenType.Number: return System.Text.Encoding.ASCII.GetString(reader.ValueSpan);
            case JsonTokenType.StartObject:
                string? value = null;
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var name = reader.GetString();
                    reader.Read();
                    if (name == "__type__") type = reader.GetString();
                    else if (name == "__value__" && reader.TokenType == JsonTokenType.String) value = reader.GetString();
                    else if (name == "__value__" && PlainValue.Read(ref reader) is Dictionary<string, object?> map) value = map.Text("hex");
                    else reader.Skip();
                }
                return value ?? throw new JsonException("The typed value has no __value__.");
            default: throw new JsonException($"A string or a typed value was expected, {reader.TokenType} was found.");
        }
    }

    private sealed class TypedConverter<T>(string name, bool typed, Func<T, string> format, Func<string, T> parse) : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var text = ReadText(ref reader, out _);
            try { return parse(text); }
            catch (Exception e) when (e is FormatException or OverflowException) { throw new JsonException($"'{text}' is not a {name}.", e); }
        }

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
        {
            if (!typed)
            {
                writer.WriteStringValue(format(value));
                return;
            }
            writer.WriteStartObject();
            writer.WriteString("__type__"u8, name);
            writer.WriteString("__value__"u8, format(value));
            writer.WriteEndObject();
        }
    }

    private sealed class GuidConverter(bool typed) : JsonConverter<Guid>
    {
        public override Guid Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var text = ReadText(ref reader, out _);
            return Guid.TryParse(text, out var id) ? id : throw new JsonException($"'{text}' is not a UUID.");
        }

        public override void Write(Utf8JsonWriter writer, Guid value, JsonSerializerOptions options)
        {
            if (!typed)
            {
                writer.WriteStringValue(value.ToString("D"));
                return;
            }
            writer.WriteStartObject();
            writer.WriteString("__type__"u8, "uuid"u8);
            writer.WriteStartObject("__value__"u8);
            writer.WriteString("hex"u8, value.ToString("N"));
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
    }

    private sealed class BytesConverter(bool typed) : JsonConverter<byte[]>
    {
        private static readonly System.Text.UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

        public override byte[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var text = ReadText(ref reader, out var type);
            if (type == "bytes") return StrictUtf8.GetBytes(text);
            if (type is null && !IsBase64(text)) return StrictUtf8.GetBytes(text);
            try { return Convert.FromBase64String(text); }
            catch (FormatException e) { throw new JsonException("The value is not base64.", e); }
        }

        public override void Write(Utf8JsonWriter writer, byte[] value, JsonSerializerOptions options)
        {
            if (!typed)
            {
                writer.WriteBase64StringValue(value);
                return;
            }
            writer.WriteStartObject();
            if (IsText(value))
            {
                writer.WriteString("__type__"u8, "bytes"u8);
                writer.WriteString("__value__"u8, value);
            }
            else
            {
                writer.WriteString("__type__"u8, "base64"u8);
                writer.WriteBase64String("__value__"u8, value);
            }
            writer.WriteEndObject();
        }

        private static bool IsText(byte[] value) => System.Text.Unicode.Utf8.IsValid(value);

        private static bool IsBase64(string text) => System.Buffers.Text.Base64.IsValid(text);
    }

    private sealed class DoubleConverter : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => ReadDouble(ref reader);
        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) => PlainValue.WriteDouble(writer, value);
    }

    private sealed class FloatConverter : JsonConverter<float>
    {
        public override float Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => (float)ReadDouble(ref reader);
        public override void Write(Utf8JsonWriter writer, float value, JsonSerializerOptions options) => PlainValue.WriteDouble(writer, value);
    }

    private static double ReadDouble(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Number) return reader.GetDouble();
        return reader.TokenType == JsonTokenType.String
            ? reader.GetString() switch
            {
                "NaN" => double.NaN,
                "Infinity" => double.PositiveInfinity,
                "-Infinity" => double.NegativeInfinity,
                _ => throw new JsonException("A number was expected, a string was found."),
            }
            : throw new JsonException($"A number was expected, {reader.TokenType} was found.");
    }

    private sealed class BigIntegerConverter : JsonConverter<System.Numerics.BigInteger>
    {
        public override System.Numerics.BigInteger Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            System.Numerics.BigInteger.TryParse(System.Text.Encoding.ASCII.GetString(reader.ValueSpan), NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture, out var value) ? value : throw new JsonException("An integer was expected.");
        public override void Write(Utf8JsonWriter writer, System.Numerics.BigInteger value, JsonSerializerOptions options) =>
            writer.WriteRawValue(value.ToString(CultureInfo.InvariantCulture), skipInputValidation: true);
    }

    /// <summary>Values without a declared type are plain values, not <see cref="JsonElement"/>.</summary>
    private sealed class ObjectConverter : JsonConverter<object>
    {
        public override object? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => PlainValue.Read(ref reader);
        public override void Write(Utf8JsonWriter writer, object value, JsonSerializerOptions options)
        {
            if (value.GetType() == typeof(object))
            {
                writer.WriteStartObject();
                writer.WriteEndObject();
                return;
            }
            PlainValue.Write(writer, value, options);
        }
    }

    /// <summary>A result that a task returns or sends stands as Python's tuple: <c>[[id, parent], children]</c>.</summary>
    private sealed class ResultConverter : JsonConverter<AsyncResult>
    {
        public override bool CanConvert(Type typeToConvert) => typeof(AsyncResult).IsAssignableFrom(typeToConvert);
        public override AsyncResult Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new JsonException("A result belongs to an app: read it as a list and use CeleryApp.Result with its id.");
        public override void Write(Utf8JsonWriter writer, AsyncResult value, JsonSerializerOptions options) =>
            PlainValue.Write(writer, value.ToTuple(), options);
    }

    private sealed class SignatureConverter : JsonConverter<Signature>
    {
        public override bool CanConvert(Type typeToConvert) => typeof(Signature).IsAssignableFrom(typeToConvert);
        public override Signature Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            PlainValue.Read(ref reader) is Dictionary<string, object?> map ? Signature.FromWire(map) : throw new JsonException("A signature was expected.");
        public override void Write(Utf8JsonWriter writer, Signature value, JsonSerializerOptions options) =>
            PlainValue.Write(writer, value.ToWire(), options);
    }
}
