using System.Runtime.ExceptionServices;

namespace Braid.Mpi.Objects;

/// <summary>
/// Reductions of objects by a function of the user's, over messages between ranks. Neighbours are combined, the lower rank's value first, so that the
/// function need not be commutative. What it throws takes the place of the value on the way to the result.
/// </summary>
internal static class ObjectReductions
{
    public static async ValueTask<T?> ReduceAsync<T>(CollectiveSteps steps, T value, Func<T, T, T> combine, int root)
    {
        if (steps.Sides is { } sides)
        {
            return await ReduceAcrossAsync(steps, sides, value, combine, root);
        }
        var partial = await UpTheTreeAsync(steps, value, combine);
        if (root != 0 && steps.Rank == 0)
        {
            await steps.SendAsync(partial.ToMessage(), root);
        }
        if (root != 0 && steps.Rank == root)
        {
            partial = Partial<T>.Of(await steps.ReceiveAsync(source: 0));
        }
        var result = partial.Result();
        return steps.Rank == root ? result : default;
    }

    public static async ValueTask<T> AllReduceAsync<T>(CollectiveSteps steps, T value, Func<T, T, T> combine)
    {
        if (steps.Sides is { } sides)
        {
            return await AllReduceAcrossAsync(steps, sides, value, combine);
        }
        var partial = await UpTheTreeAsync(steps, value, combine);
        var own = steps.Rank == 0 ? partial.ToMessage() : null;
        var message = await ObjectCollectives.BroadcastAsync(steps, own, root: 0);
        if (own is null)
        {
            return Partial<T>.Of(message).Result();
        }
        own.Dispose();
        return partial.Result();
    }

    /// <summary>What the ranks before this one make, with this one's unless <paramref name="exclusive"/>.</summary>
    public static async ValueTask<T> ScanAsync<T>(CollectiveSteps steps, T value, Func<T, T, T> combine, bool exclusive, T first)
    {
        var with = Partial<T>.Of(value);
        var before = Partial<T>.Of(first);
        if (steps.Rank > 0)
        {
            before = Partial<T>.Of(await steps.ReceiveAsync(steps.Rank - 1));
            with = before.With(with, combine);
        }
        if (steps.Rank < steps.Size - 1)
        {
            await steps.SendAsync(with.ToMessage(), steps.Rank + 1);
        }
        return (exclusive ? before : with).Result();
    }

    /// <summary>What the other side's ranks make goes from the first of them to the root.</summary>
    private static async ValueTask<T?> ReduceAcrossAsync<T>(CollectiveSteps steps, Sides sides, T value, Func<T, T, T> combine, int root)
    {
        var taker = await ObjectsAcross.AgreeAsync(steps, sides, root);
        if (root < 0)
        {
            return root == Mpi.Root ? Partial<T>.Of(await steps.ReceiveAsync(sides.Other)).Result() : default;
        }
        var partial = await UpTheTreeAsync(steps, value, combine, sides.Own, sides.OwnSize);
        if (steps.Rank == sides.Own)
        {
            await steps.SendAsync(partial.ToMessage(), taker);
        }
        _ = partial.Result();
        return default;
    }

    /// <summary>Either side's combination is broadcast to both, one after the other, and each keeps the other's.</summary>
    private static async ValueTask<T> AllReduceAcrossAsync<T>(CollectiveSteps steps, Sides sides, T value, Func<T, T, T> combine)
    {
        var own = await UpTheTreeAsync(steps, value, combine, sides.Own, sides.OwnSize);
        Partial<T>? others = null;
        foreach (var first in new[] { 0, Math.Max(sides.Own, sides.Other) })
        {
            var message = await ObjectCollectives.BroadcastAsync(steps, steps.Rank == first ? own.ToMessage() : null, first);
            if (first == sides.Other)
            {
                others = Partial<T>.Of(message);
            }
            else
            {
                message.Dispose();
            }
        }
        _ = own.Result();
        return others!.Result();
    }

    private static ValueTask<Partial<T>> UpTheTreeAsync<T>(CollectiveSteps steps, T value, Func<T, T, T> combine) =>
        UpTheTreeAsync(steps, value, combine, 0, steps.Size);

    /// <summary>At the first of so many ranks what all of them make; at the others a part of it.</summary>
    private static async ValueTask<Partial<T>> UpTheTreeAsync<T>(
        CollectiveSteps steps, T value, Func<T, T, T> combine, int first, int ranks)
    {
        var partial = Partial<T>.Of(value);
        var rank = steps.Rank - first;
        for (var distance = 1; distance < ranks; distance *= 2)
        {
            if ((rank & distance) != 0)
            {
                await steps.SendAsync(partial.ToMessage(), steps.Rank - distance);
                break;
            }
            if (rank + distance < ranks)
            {
                partial = partial.With(Partial<T>.Of(await steps.ReceiveAsync(steps.Rank + distance)), combine);
            }
        }
        return partial;
    }

    /// <summary>A value so far, or why there is none.</summary>
    private sealed class Partial<T>
    {
        private readonly T _value;

        /// <summary>Also set when the value proves not to travel: then this rank raises it as well.</summary>
        private ExceptionDispatchInfo? _failure;

        private Partial(T value, ExceptionDispatchInfo? failure = null) => (_value, _failure) = (value, failure);

        public static Partial<T> Of(T value) => new(value);

        public static Partial<T> Of(ByteBlock message)
        {
            using (message)
            {
                try
                {
                    return new(ObjectCodec.Decode<T>(message)!);
                }
                catch (Exception e)
                {
                    return new(default!, ExceptionDispatchInfo.Capture(e));
                }
            }
        }

        public Partial<T> With(Partial<T> higher, Func<T, T, T> combine)
        {
            if (_failure is not null || higher._failure is not null)
            {
                return _failure is not null ? this : higher;
            }
            try
            {
                return new(combine(_value, higher._value));
            }
            catch (Exception e)
            {
                return new(default!, ExceptionDispatchInfo.Capture(e));
            }
        }

        public ByteBlock ToMessage() =>
            _failure is null ? ObjectCodec.EncodeOrFail(_value, out _failure) : ObjectCodec.EncodeFailure(_failure.SourceException);

        public T Result()
        {
            _failure?.Throw();
            return _value;
        }
    }
}
