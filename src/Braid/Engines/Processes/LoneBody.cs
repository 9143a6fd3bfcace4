using Braid.Execution;
using Braid.Lambdas;
using Braid.Serialization;

namespace Braid.Engines.Processes;

/// <summary>A lambda on its way to a process of its own, by that process's standard input: its definition, then what it captures.</summary>
internal static class LoneBody
{
    /// <summary>Tells a process that it runs one lambda and is no cluster's worker.</summary>
    public const string Variable = "BRAID_WORKER_ALONE";

    static LoneBody() => Handles.Register();

    public static byte[] Pack(Lambda lambda, Delegate body)
    {
        var writer = new ObjectWriter();
        lambda.WriteDefinition(writer);
        var definition = writer.WrittenSpan.ToArray();
        // Its own writer: captures share nothing with the definition.
        writer = new ObjectWriter();
        lambda.WriteCaptures(writer, body);
        return [.. BitConverter.GetBytes(definition.Length), .. definition, .. writer.WrittenSpan];
    }

    public static void Send(byte[] work, Stream input)
    {
        try
        {
            using (input)
                input.Write(work);
        }
        catch (IOException)
        {
            // It ended before it had read all: its exit code and its standard error say why.
        }
    }

    /// <summary>In the process: runs the lambda; returns the exit code.</summary>
    public static int Run()
    {
        using var input = Console.OpenStandardInput();
        using var bytes = new MemoryStream();
        input.CopyTo(bytes);
        var work = bytes.ToArray();
        try
        {
            var body = Unpack(work);
            if (body is Func<Task> start)
                start().GetAwaiter().GetResult();
            else
                ((Action)body)();
            return 0;
        }
        catch (Exception exception)
        {
            Console.Error.WriteLine(exception);
            return 1;
        }
    }

    private static Delegate Unpack(byte[] work)
    {
        var length = BitConverter.ToInt32(work);
        var reader = new ObjectReader();
        reader.Reset(work.AsMemory(4, length));
        var lambda = Lambda.ReadDefinition(reader);
        reader = new ObjectReader();
        reader.Reset(work.AsMemory(4 + length));
        return lambda.ReadCaptures(reader);
    }
}
