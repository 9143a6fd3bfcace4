namespace Braid;

/// <summary>
/// The worker that ran a task died, and the task's retries are used up. Says the exit code or signal and the last lines of the worker's
/// standard error.
/// </summary>
public sealed class WorkerLostException : BraidException
{
    internal WorkerLostException(string message, int workerId, int? exitCode) : base(message)
    {
        WorkerId = workerId;
        ExitCode = exitCode;
    }

    /// <summary>Which worker.</summary>
    public int WorkerId { get; }

    /// <summary>As the operating system gave it: 128 + N for signal N; null where it is not known.</summary>
    public int? ExitCode { get; }
}

/// <summary>A task threw an exception that cannot travel: its type, message and stack, as text.</summary>
public sealed class RemoteException : BraidException
{
    internal RemoteException(string typeName, string message, string remoteStackTrace, string? whyNot)
        : base(whyNot is null ? $"{typeName}: {message}" : $"{typeName}: {message} (the exception itself cannot travel: {whyNot})")
    {
        TypeName = typeName;
        RemoteStackTrace = remoteStackTrace;
    }

    /// <summary>The full name of the exception's type.</summary>
    public string TypeName { get; }

    /// <summary>The stack where it was thrown.</summary>
    public string RemoteStackTrace { get; }
}

/// <summary>
/// A value is gone from shared memory and from disk, and cannot be rebuilt: it was put, or captured as it was, or the retries of its task are
/// used up, or how it was made is not remembered (<see cref="ClusterOptions.LineageBytesMax"/>). The message says which.
/// </summary>
public sealed class ObjectLostException : BraidException
{
    internal ObjectLostException(string message, Exception? cause = null) : base(message, cause)
    {
    }
}
