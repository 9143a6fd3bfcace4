using System.Collections.Concurrent;
using System.Reflection;
using Braid.Actors;
using Braid.Lambdas;

namespace Braid.Execution;

/// <summary>Calls a delegate of one shape and hands on its result, typed all the way so that values are not boxed.</summary>
/// <param name="bodyType">The type of the delegates that it calls.</param>
internal abstract class Invoker(Type bodyType)
{
    private static readonly ConcurrentDictionary<Type, Invoker> Known = new();

    /// <summary>Whether its results are items, each sent as it comes.</summary>
    public virtual bool IsStream => false;

    public abstract void Invoke(Delegate body, TaskExecution execution);

    /// <summary>
    /// The body as the very type that it was submitted as. A <c>Func&lt;string&gt;</c> may stand where a <c>Func&lt;object&gt;</c> is wanted, but what
    /// travels is found by its own type on the other side, and that decides how the result is written: it must be what the reader takes it for.
    /// </summary>
    /// <exception cref="CaptureException">Its code cannot travel.</exception>
    public Delegate Typed(Delegate body) => body.GetType() == bodyType ? body : Binding.As(bodyType, body);

    /// <summary>For a delegate that has travelled: the shape is its type.</summary>
    public static Invoker For(Type delegateType) => Known.GetOrAdd(delegateType, Find);

    private static Invoker Find(Type type)
    {
        if (type == typeof(Action))
            return ActionInvoker.Instance;
        if (type == typeof(Action<CancellationToken>))
            return TokenActionInvoker.Instance;
        var arguments = type.IsGenericType ? type.GetGenericArguments() : [];
        var definition = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        if (definition == typeof(Func<>))
            return OfResult(arguments[0], typeof(FuncInvoker<>), typeof(TaskInvoker<>), typeof(ValueTaskInvoker<>), typeof(StreamInvoker<>), TaskInvoker.Instance, ValueTaskInvoker.Instance);
        if (definition == typeof(Func<,>) && arguments[0] == typeof(CancellationToken))
            return OfResult(arguments[1], typeof(TokenFuncInvoker<>), typeof(TokenTaskInvoker<>), typeof(TokenValueTaskInvoker<>), null, TokenTaskInvoker.Instance, TokenValueTaskInvoker.Instance);
        if (OfActor(definition, arguments) is { } actor)
            return Make(actor.Invoker, actor.Arguments);
        throw new ArgumentException($"A delegate of type {type} cannot run as a task.");
    }

    private static Invoker OfResult(Type result, Type plain, Type task, Type valueTask, Type? stream, Invoker voidTask, Invoker voidValueTask)
    {
        if (result == typeof(Task))
            return voidTask;
        if (result == typeof(ValueTask))
            return voidValueTask;
        var definition = result.IsGenericType ? result.GetGenericTypeDefinition() : null;
        if (definition == typeof(Task<>))
            return Make(task, result.GetGenericArguments()[0]);
        if (definition == typeof(ValueTask<>))
            return Make(valueTask, result.GetGenericArguments()[0]);
        if (definition == typeof(IAsyncEnumerable<>) && stream is not null)
            return Make(stream, result.GetGenericArguments()[0]);
        return Make(plain, result);
    }

    /// <summary>A call of an actor takes the instance, and perhaps the call's token.</summary>
    private static (Type Invoker, Type[] Arguments)? OfActor(Type definition, Type[] arguments)
    {
        if (definition == typeof(Func<,>))
            return (typeof(ActorFuncInvoker<,>), arguments);
        if (definition == typeof(Func<,,>) && arguments[1] == typeof(CancellationToken))
            return (typeof(ActorTokenFuncInvoker<,>), [arguments[0], arguments[2]]);
        if (definition == typeof(Action<>))
            return (typeof(ActorActionInvoker<>), arguments);
        return definition == typeof(Action<,>) && arguments[1] == typeof(CancellationToken) ? (typeof(ActorTokenActionInvoker<>), [arguments[0]]) : null;
    }

    private static Invoker Make(Type open, params Type[] arguments) =>
        (Invoker)open.MakeGenericType(arguments).GetField("Instance", BindingFlags.Static | BindingFlags.Public)!.GetValue(null)!;
}

/// <summary>The result of a task that returns nothing.</summary>
internal readonly struct Nothing;
