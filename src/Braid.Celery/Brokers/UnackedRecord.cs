using System.Text;
using System.Text.Json;
using Braid.Celery.Wire;

namespace Braid.Celery.Brokers;

/// <summary>What kombu keeps in <c>unacked</c> of a message that was taken: <c>[envelope, exchange, routing key]</c>.</summary>
internal readonly record struct UnackedRecord(byte[] Envelope, string Exchange, string RoutingKey)
{
    /// <summary>
    /// Reads a record. One that is not of this form is taken for the envelope itself: whoever gets it next buries it as poison, so nothing
    /// that lies there can stop a worker or get lost.
    /// </summary>
    internal static UnackedRecord Read(byte[] json)
    {
        try
        {
            // Python writes NaN and its kin bare.
            using var document = JsonDocument.Parse(NonFinite.TryQuote(json) ?? json, new() { MaxDepth = PlainValue.MaxDepth });
            if (document.RootElement is { ValueKind: JsonValueKind.Array } root && root.GetArrayLength() == 3)
                return new(Encoding.UTF8.GetBytes(root[0].GetRawText()), Text(root[1]), Text(root[2]));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) { }
        return new(json, "", "");
    }

    private static string Text(JsonElement element) => element.ValueKind == JsonValueKind.String ? element.GetString()! : "";
}
