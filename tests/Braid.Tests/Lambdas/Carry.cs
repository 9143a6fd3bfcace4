using Braid.Lambdas;
using Braid.Serialization;

namespace Braid.Tests.Lambdas;

/// <summary>Takes delegates through bytes, as between two processes of one build.</summary>
internal static class Carry
{
    public static T There<T>(T d) where T : Delegate => (T)Read(Write(d));

    public static byte[] Write(Delegate d)
    {
        var writer = new ObjectWriter();
        var lambda = Lambda.Of(d);
        lambda.WriteDefinition(writer);
        lambda.WriteCaptures(writer, d);
        return writer.WrittenSpan.ToArray();
    }

    public static Delegate Read(byte[] bytes)
    {
        var reader = new ObjectReader();
        reader.Reset(bytes);
        var d = Lambda.ReadDefinition(reader).ReadCaptures(reader);
        Assert.Equal(0, reader.Remaining);
        return d;
    }
}
