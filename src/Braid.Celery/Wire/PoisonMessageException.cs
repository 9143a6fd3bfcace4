namespace Braid.Celery.Wire;

/// <summary>A message that no worker can ever process. It goes to the dead-letter queue with this reason; the worker lives on.</summary>
internal sealed class PoisonMessageException : Exception
{
    internal PoisonMessageException(string reason, Exception? inner = null) : base(reason, inner) { }
}
