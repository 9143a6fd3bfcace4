using Braid.Lambdas;
using Braid.Serialization;

namespace Braid.Pools;

/// <summary>
/// Says what of a map cannot travel, after a chunk could not: by looking at the function, the items or the results one by one, since the chunk's
/// own error has the way through Braid's closures and arrays.
/// </summary>
internal static class MapErrors
{
    /// <summary>Null where the function can travel.</summary>
    public static CaptureException? OfFunction(Delegate function)
    {
        try
        {
            Lambda.Of(function).Find<ObjectRef>(function);
            return null;
        }
        catch (CaptureException found)
        {
            return found;
        }
        catch (SerializationException found) when (found.Path is not null)
        {
            return New($"{LambdaName.WithLocation(function.Method)} captures", found.Path, function, found);
        }
    }

    /// <summary>Null where all of the items can travel.</summary>
    public static CaptureException? OfItems<T>(Delegate function, ReadOnlySpan<T> items, long first)
    {
        if (FirstRefused(items) is not var (i, found))
            return null;
        var item = $"items[{first + i}]";
        // The path begins with what the serializer calls the root.
        return found is SerializationException { Path: { } path } refused
            ? New($"{LambdaName.WithLocation(function.Method)} is mapped over", item + path["value".Length..], function, refused)
            : new CaptureException($"{LambdaName.WithLocation(function.Method)} is mapped over `{item}`, which cannot travel: {found.Message}", found)
            {
                Variable = item,
                VariableType = items[i]?.GetType(),
                Lambda = LambdaName.WithLocation(function.Method),
            };
    }

    /// <summary>Null where all of the results can travel.</summary>
    public static BraidException? OfResults<T>(string taskName, ReadOnlySpan<T> results, long first) =>
        FirstRefused(results) is var (i, found)
            ? new BraidException(
                $"The result of task '{taskName}' for item {first + i}, of type {TypeNames.Of(results[i]!.GetType())}, cannot travel: {found.Message}", found)
            : null;

    private static (int Index, BraidException Found)? FirstRefused<T>(ReadOnlySpan<T> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            try
            {
                GraphScanner.Find<ObjectRef>(values[i]);
            }
            catch (BraidException found)
            {
                return (i, found);
            }
        }

        return null;
    }

    private static CaptureException New(string what, string variable, Delegate function, SerializationException found) =>
        new($"{what} `{variable}`, a {TypeNames.Of(found.OffendingType!)}, which cannot travel: {found.Reason}", found)
        {
            Variable = variable,
            VariableType = found.OffendingType,
            Lambda = LambdaName.WithLocation(function.Method),
        };
}
