using System.Reflection;

namespace Braid.Celery;

/// <summary>Turns what a method returns (a value, a task of one, nothing) into an awaited value.</summary>
internal static class ResultUnwrapper
{
    internal static (Func<object?, ValueTask<object?>> Unwrap, Type Type) For(Type type)
    {
        if (type == typeof(void)) return (_ => default, typeof(void));
        if (type == typeof(Task)) return (AwaitTask, typeof(void));
        if (type == typeof(ValueTask)) return (AwaitValueTask, typeof(void));
        if (type.IsGenericType)
        {
            var definition = type.GetGenericTypeDefinition();
            var method = definition == typeof(Task<>) ? nameof(AwaitTaskOf) : definition == typeof(ValueTask<>) ? nameof(AwaitValueTaskOf) : null;
            if (method is not null)
            {
                var result = type.GetGenericArguments()[0];
                var closed = typeof(ResultUnwrapper).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(result);
                return (closed.CreateDelegate<Func<object?, ValueTask<object?>>>(), result);
            }
        }
        return (value => new ValueTask<object?>(value), type);
    }

    private static async ValueTask<object?> AwaitTask(object? task)
    {
        await (Task)task!;
        return null;
    }

    private static async ValueTask<object?> AwaitValueTask(object? task)
    {
        await (ValueTask)task!;
        return null;
    }

    private static async ValueTask<object?> AwaitTaskOf<T>(object? task) => await (Task<T>)task!;

    private static async ValueTask<object?> AwaitValueTaskOf<T>(object? task) => await (ValueTask<T>)task!;
}
