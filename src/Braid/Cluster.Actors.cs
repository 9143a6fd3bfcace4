using System.Runtime.CompilerServices;
using Braid.Execution;

namespace Braid;

public sealed partial class Cluster
{
    /// <summary>
    /// Makes an actor: the lambda runs on some worker, the one with the fewest actors that has the resources, and what it returns stays there and serves
    /// calls. Returns at once; calls may be made at once. If the lambda throws, calls fail with <see cref="ActorDeadException"/> that says so.
    /// </summary>
    /// <exception cref="Lambdas.CaptureException">It captures what cannot travel; the message names the variable.</exception>
    /// <exception cref="InvalidOperationException">An actor of that name lives, or no worker has the resources. Inside a task of a worker process calls
    /// fail with it.</exception>
    public ActorRef<T> StartActor<T>(Func<T> create, ActorOptions? options = null) =>
        StartActorCore<T>(create, FuncInvoker<T>.Instance, Checked(options), getOrStart: false);

    /// <inheritdoc cref="StartActor{T}(Func{T}, ActorOptions?)"/>
    [OverloadResolutionPriority(1)]
    public ActorRef<T> StartActor<T>(Func<Task<T>> create, ActorOptions? options = null) =>
        StartActorCore<T>(create, TaskInvoker<T>.Instance, Checked(options), getOrStart: false);

    /// <summary>The actor of that name, made by the lambda if there is none: of several that ask at once, one makes it and all get it.</summary>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public ActorRef<T> GetOrStartActor<T>(string name, Func<T> create, ActorOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return StartActorCore<T>(create, FuncInvoker<T>.Instance, Checked((options ?? ActorOptions.Default) with { Name = name }), getOrStart: true);
    }

    /// <summary>The living actor of that name.</summary>
    /// <exception cref="KeyNotFoundException">There is none. Inside a task of a worker process calls fail with it.</exception>
    public ActorRef<T> GetActor<T>(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new ActorRef<T>(_backend.GetActor(name));
    }

    /// <summary>Makes several actors by the same lambda, and spreads calls over them.</summary>
    /// <param name="create">Makes one of them.</param>
    /// <param name="actors">How many; from 1 to 10,000.</param>
    /// <param name="options">Of each; without a name, which only one could have.</param>
    public ActorPool<T> StartActorPool<T>(Func<T> create, int actors, ActorOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(actors, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(actors, 10_000);
        if (options?.Name is { } name)
            throw new ArgumentException($"The actors of a pool cannot all be named '{name}'. Leave ActorOptions.Name null.", nameof(options));
        return new ActorPool<T>([.. Enumerable.Range(0, actors).Select(_ => StartActor(create, options))]);
    }

    private ActorRef<T> StartActorCore<T>(Delegate create, Invoker invoker, ActorOptions options, bool getOrStart)
    {
        ArgumentNullException.ThrowIfNull(create);
        return new ActorRef<T>(_backend.StartActor(invoker.Typed(create), invoker, options, getOrStart));
    }

    private static ActorOptions Checked(ActorOptions? options)
    {
        if (options is null)
            return ActorOptions.Default;
        options.Check();
        return options;
    }
}
