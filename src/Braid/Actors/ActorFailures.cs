namespace Braid.Actors;

internal static class ActorFailures
{
    /// <summary>A call has failed; it may have changed the actor all the same, so a snapshot may be due. What a failed one throws goes along.</summary>
    public static Exception AfterCall(ActorHost? host, Exception exception)
    {
        if (host is null)
            return exception;
        try
        {
            host.CallEnded();
            return exception;
        }
        catch (Exception fault)
        {
            return new AggregateException("A call failed, and so did the snapshot after it.", exception, fault);
        }
    }
}
