namespace Braid.Celery.Cli;

/// <summary>The command line asks for what cannot be; exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);
