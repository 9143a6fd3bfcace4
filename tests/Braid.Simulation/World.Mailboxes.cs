using Braid.Scheduling;

namespace Braid.Simulation;

/// <summary>The bound of each actor's pending calls: who finds none is refused, or waits for room and calls then, or thinks better of it.</summary>
internal sealed partial class World
{
    private readonly Dictionary<ActorNode, Mailbox<Action>> _mailboxes = [];

    /// <summary>Waits for room that were asked for and not yet answered.</summary>
    private int _waitForRoom;

    private Mailbox<Action> MailboxOf(ActorNode actor)
    {
        if (!_mailboxes.TryGetValue(actor, out var mailbox))
            _mailboxes[actor] = mailbox = new Mailbox<Action>(_profile.MailboxCapacity);
        return mailbox;
    }

    /// <summary>Whether the call is let in; it is rejected where not.</summary>
    private bool LetIn(SimTask call, ActorNode actor)
    {
        if (MailboxOf(actor).TryEnter())
            return true;
        call.Role = null;
        Drive($"{call} is refused, the mailbox of actor {actor.Life.Id} is full", () => _scheduler.Reject(call, MailboxFullError));
        return false;
    }

    /// <summary>A caller that waits for room first. Some never call when it is there.</summary>
    private void AwaitRoom(SimTask life)
    {
        _waitForRoom++;
        if (life.HasEnded || MailboxOf(life.Role!.Actor).AwaitRoom(GoOn))
            GoOn();

        void GoOn()
        {
            _waitForRoom--;
            if (_random.Next(3) != 0)
                _clock.After(_random.Next(50), () => Submit(_workload.MakeCall(life, -_random.Next(2), _tasks, null)));
        }
    }

    /// <summary>A call has ended, or an actor has.</summary>
    private void LeaveMailbox(SimTask ended)
    {
        // A call ends once more when what was made of its value is lost and it cannot be had again: it left before.
        if (ended is { Role: ActorCall call, Ends: 1 })
            MailboxOf(call.Actor).Leave(static goOn => goOn());
        else if (ended is { IsLife: true, Role: { } role })
            MailboxOf(role.Actor).Close(static goOn => goOn());
    }

    private void CheckMailboxes()
    {
        foreach (var (actor, mailbox) in _mailboxes)
        {
            var pending = _tasks.Count(task => !task.HasEnded && task.Role is ActorCall call && call.Actor == actor);
            Require(mailbox.Pending == pending, $"the mailbox of actor {actor.Life.Id} counts {mailbox.Pending} calls, {pending} are pending");
            Require(pending <= mailbox.Capacity, $"{pending} calls of actor {actor.Life.Id} are pending, {mailbox.Capacity} may be");
            Require(mailbox.WaitingCount == 0 || pending > 0, $"{mailbox.WaitingCount} callers wait for room with actor {actor.Life.Id}, of which no call is pending");
        }
    }

    private void CheckMailboxesAreEmpty() => Require(_waitForRoom == 0, $"{_waitForRoom} callers wait for room and are forgotten");
}
