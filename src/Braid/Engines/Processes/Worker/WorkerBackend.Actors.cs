using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Braid.Actors;
using Braid.Execution;
using Braid.Lambdas;
using Braid.Wire;

namespace Braid.Engines.Processes.Worker;

// Actors as a task on this worker sees them.
internal sealed partial class WorkerBackend
{
    public override IObjectState StartActor(Delegate create, Invoker invoker, ActorOptions options, bool getOrStart)
    {
        var lambda = Lambda.Of(create);
        var captures = _runtime.Packer.PackCaptures(lambda, create);
        var travelling = _runtime.Packer.Pack(options.Travelling());
        var function = _functions.Of(lambda);
        var state = NewReference();
        SendDefined(function, frame =>
        {
            frame.Begin(FrameKind.StartActor);
            frame.Number(state.Id);
            frame.Number(function.Id);
            frame.Byte(getOrStart ? (byte)1 : (byte)0);
            travelling.WriteTo(frame);
            captures.WriteTo(frame);
            frame.End();
        });
        GC.KeepAlive(captures);
        return state;
    }

    public override IObjectState GetActor(string name)
    {
        var state = NewReference();
        _runtime.Send(frame =>
        {
            frame.Begin(FrameKind.GetActor);
            frame.Number(state.Id);
            frame.Text(name);
            frame.End();
        });
        return state;
    }

    public override ObjectRef<TResult> Call<TResult>(IObjectState actor, Delegate body, Invoker invoker, CallOptions options)
    {
        var state = NewReference();
        SendCall(state.Id, actor, body, options, CallFlags.None);
        if (options.CancellationToken.CanBeCanceled)
            WatchToken(state, options.CancellationToken);
        return new ObjectRef<TResult>(state);
    }

    public override void Tell(IObjectState actor, Delegate body, Invoker invoker, CallOptions options) =>
        SendCall(NewId(), actor, body, options, CallFlags.Tell);

    public override IAsyncEnumerable<TResult> CallStream<T, TResult>(ActorRef<T> actor, Func<T, IAsyncEnumerable<TResult>> body, CallOptions options) =>
        CallStreamAsync(actor, body, options);

    public override IObjectState AskForRoom(IObjectState actor)
    {
        var state = NewReference();
        _runtime.Send(frame =>
        {
            frame.Begin(FrameKind.AskForRoom);
            frame.Number(state.Id);
            frame.Number(actor.Id);
            frame.End();
        });
        GC.KeepAlive(actor);
        return state;
    }

    public override void EndActor(IObjectState actor, bool kill)
    {
        _runtime.Send(frame =>
        {
            frame.Begin(FrameKind.EndActor);
            frame.Number(actor.Id);
            frame.Byte(kill ? (byte)1 : (byte)0);
            frame.End();
        });
        GC.KeepAlive(actor);
    }

    private async IAsyncEnumerable<TResult> CallStreamAsync<T, TResult>(
        ActorRef<T> actor, Func<T, IAsyncEnumerable<TResult>> body, CallOptions options, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var state = NewReference();
        var items = Channel.CreateUnbounded<Payload>(new UnboundedChannelOptions { SingleReader = true });
        _streams[state.Id] = items;
        SendCall(state.Id, actor.State, body, options, CallFlags.Stream);
        await foreach (var item in ReadStreamAsync<TResult>(state, items, options.StreamBuffer, cancellationToken).ConfigureAwait(false))
            yield return item;
    }

    private void SendCall(long id, IObjectState actor, Delegate body, CallOptions options, CallFlags flags)
    {
        var lambda = Lambda.Of(body);
        var captures = _runtime.Packer.PackCaptures(lambda, body);
        var function = _functions.Of(lambda);
        var caller = Caller();
        Payload? travelling = null;
        if (!ReferenceEquals(options, CallOptions.Default))
        {
            flags |= CallFlags.Options | (options.Retries is null ? CallFlags.DefaultRetries : 0) | (options.Group is null ? 0 : CallFlags.Group);
            travelling = _runtime.Packer.Pack(TravellingOptions.Of(options.ToTaskOptions(0)));
        }

        SendDefined(function, frame =>
        {
            frame.Begin(FrameKind.Call);
            frame.Number(id);
            frame.Number(actor.Id);
            frame.Number(caller);
            frame.Number(function.Id);
            frame.Byte((byte)flags);
            if (options.Group is { } group)
                frame.Text(group);
            travelling?.WriteTo(frame);
            captures.WriteTo(frame);
            frame.End();
        });
        // What is captured must be held here until the driver has heard of it.
        GC.KeepAlive(captures);
        GC.KeepAlive(actor);
    }

    private RemoteObject NewReference()
    {
        var state = _runtime.Objects.Get(NewId());
        state.Count();
        return state;
    }
}
