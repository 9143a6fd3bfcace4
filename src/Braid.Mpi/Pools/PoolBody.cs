namespace Braid.Mpi.Pools;

/// <summary>What a worker runs, as it travels.</summary>
internal abstract class PoolBody
{
    /// <summary>The result as a message, or the exception.</summary>
    public abstract Task<Objects.ByteBlock> RunAsync();
}

internal sealed class FunctionBody<TResult>(Func<TResult> function) : PoolBody
{
    public override Task<Objects.ByteBlock> RunAsync() => Task.FromResult(Objects.ObjectCodec.EncodeOrFail(function(), out _));
}

internal sealed class AsyncBody<TResult>(Func<Task<TResult>> function) : PoolBody
{
    public override async Task<Objects.ByteBlock> RunAsync() => Objects.ObjectCodec.EncodeOrFail(await function(), out _);
}

internal sealed class ActionBody(Action action) : PoolBody
{
    public override Task<Objects.ByteBlock> RunAsync()
    {
        action();
        return Task.FromResult(Objects.ObjectCodec.Encode(true));
    }
}

internal sealed class ChunkBody<T, TResult>(Func<T, TResult> function, T[] items) : PoolBody
{
    public override Task<Objects.ByteBlock> RunAsync() => Task.FromResult(Objects.ObjectCodec.EncodeOrFail(Array.ConvertAll(items, item => function(item)), out _));
}
