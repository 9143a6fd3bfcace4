using Braid.Serialization;

namespace Braid.Tests.Serialization;

internal static class RoundTrip
{
    public static T Of<T>(T value) => BraidSerializer.Deserialize<T>(BraidSerializer.Serialize(value));
}
