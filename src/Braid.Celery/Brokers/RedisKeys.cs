using System.Text.RegularExpressions;
using Braid.Celery.Redis;

namespace Braid.Celery.Brokers;

/// <summary>The names under which kombu keeps queues, bindings and unacknowledged messages in Redis.</summary>
internal sealed class RedisKeys(string prefix, int database)
{
    internal const string Separator = "\x06\x16";

    /// <summary>What a consumer's last call took. Braid's own, for an hour.</summary>
    internal string Taken(string consumer) => $"{prefix}braid.taken.{consumer}";

    /// <summary>The first is served first: on Redis 0 is the highest priority.</summary>
    internal static readonly int[] PrioritySteps = [0, 3, 6, 9];

    internal string Unacked => prefix + "unacked";
    internal string UnackedIndex => prefix + "unacked_index";

    internal string Queue(string queue) => prefix + queue;

    internal string Queue(string queue, int priority)
    {
        var step = 0;
        foreach (var s in PrioritySteps) if (priority >= s) step = s;
        return step == 0 ? prefix + queue : $"{prefix}{queue}{Separator}{step}";
    }

    internal string[] Lists(string queue) => [.. PrioritySteps.Select(p => Queue(queue, p))];

    internal string Binding(string exchange) => $"{prefix}_kombu.binding.{exchange}";

    internal static string BindingMember(string routingKey, string queue) => $"{routingKey}{Separator}{Separator}{queue}";

    /// <summary>A topic's key stands there a second time, as the regular expression by which kombu matches it.</summary>
    internal static string TopicMember(string routingKey, string queue)
    {
        var words = routingKey.Split('.').Select(word => word switch { "*" => ".*?[^\\.]", "#" => ".*?", _ => word });
        return $"{routingKey}{Separator}^{string.Join("\\.", words)}${Separator}{queue}";
    }

    /// <summary>A fanout exchange is a channel; celeryev's routing key follows it.</summary>
    internal string Channel(string exchange, string routingKey) =>
        routingKey.Length == 0 || exchange != "celeryev" ? $"{prefix}/{database}.{exchange}" : $"{prefix}/{database}.{exchange}/{routingKey}";

    /// <summary>The channel of a fanout exchange of task queues: its routing key, where there is one, follows it.</summary>
    internal string Broadcast(string exchange, string routingKey) => $"{prefix}/{database}.{exchange}{(routingKey.Length == 0 ? "" : "/")}{routingKey}";

    /// <summary>A dead-lettered message with its reason.</summary>
    internal string Dead(string queue) => $"{prefix}{queue}.dead";

    /// <summary>Messages parked until a time, scored by it. Braid's own: only its workers bring them back.</summary>
    internal string Parked(string queue) => $"{prefix}{queue}.parked";

    /// <summary>The queues that an exchange's bindings give a routing key.</summary>
    internal static IEnumerable<string> Match(RespValue[] members, string routingKey)
    {
        foreach (var member in members)
        {
            if (member.Text?.Split(Separator) is not { Length: 3 } parts) continue;
            if (parts[0] == routingKey || Topic(parts[0], routingKey)) yield return parts[2];
        }
    }

    private static bool Topic(string pattern, string routingKey)
    {
        if (!pattern.Contains('*', StringComparison.Ordinal) && !pattern.Contains('#', StringComparison.Ordinal)) return false;
        var regex = "^" + Regex.Escape(pattern).Replace("\\*", "[^.]+", StringComparison.Ordinal).Replace("\\#", ".*", StringComparison.Ordinal).Replace("#", ".*", StringComparison.Ordinal) + "$";
        return Regex.IsMatch(routingKey, regex, RegexOptions.NonBacktracking);
    }
}
