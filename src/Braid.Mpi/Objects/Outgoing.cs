using System.Runtime.ExceptionServices;

namespace Braid.Mpi.Objects;

/// <summary>What a rank gives to a collective: its object as a message, or a message that says why there is none.</summary>
internal readonly struct Outgoing
{
    private readonly ExceptionDispatchInfo? _failure;

    private Outgoing(ByteBlock message, ExceptionDispatchInfo? failure) => (Message, _failure) = (message, failure);

    public ByteBlock Message { get; }

    public static Outgoing Of<T>(T value)
    {
        var message = ObjectCodec.EncodeOrFail(value, out var failure);
        return new(message, failure);
    }

    /// <summary>One object for each rank. A wrong number of them is told to all, or they would wait for ever.</summary>
    public static Outgoing[] OfEach<T>(IReadOnlyList<T> values, int ranks, string parameter)
    {
        if (values is not null && values.Count == ranks)
        {
            return [.. values.Select(Of)];
        }
        var failure = values is null
            ? new ArgumentNullException(parameter)
            : new ArgumentException($"{values.Count} objects were given; one for each of {ranks} ranks is needed.", parameter);
        return [.. Enumerable.Range(0, ranks).Select(_ => Failed(failure))];
    }

    public static Outgoing Failed(Exception failure) => new(ObjectCodec.EncodeFailure(failure), ExceptionDispatchInfo.Capture(failure));

    /// <summary>Raises what kept this rank's object from being sent, once the others have heard of it.</summary>
    public void ThrowIfFailed() => _failure?.Throw();
}
