using System.Runtime.ExceptionServices;
using Braid.Wire;

namespace Braid.Execution;

/// <summary>What a task threw on a worker: the exception itself where it can travel, and its description in any case.</summary>
internal sealed class TaskError(Payload? exception, string typeName, string message, string stackTrace, string? whyNot)
{
    /// <summary>A description is for people: what is longer is cut, so that it always fits into a frame.</summary>
    private const int TextLengthMax = 64 << 10;

    private Exception? _exception;

    public Payload? Payload => exception;

    public string TypeName => typeName;

    public string Message => message;

    public string StackTrace => stackTrace;

    public string? WhyNot => whyNot;

    /// <summary>Describes an exception on the side where it was thrown.</summary>
    public static TaskError Of(Exception exception, Packer packer)
    {
        var stack = Text(exception, static exception => exception.StackTrace);
        var message = Text(exception, static exception => exception.Message);
        var type = exception.GetType().FullName ?? exception.GetType().Name;
        try
        {
            return new TaskError(packer.Pack(exception), type, message, stack, null);
        }
        catch (Exception why)
        {
            // Its own type cannot travel, or its getters throw: then its description does.
            return new TaskError(null, type, message, stack, Text(why, static why => why.Message));
        }
    }

    /// <summary>Getters of an exception are the user's code, and may throw as well.</summary>
    private static string Text(Exception exception, Func<Exception, string?> get)
    {
        try
        {
            var text = get(exception) ?? "";
            return text.Length <= TextLengthMax ? text : string.Concat(text.AsSpan(0, TextLengthMax), "…");
        }
        catch (Exception fault)
        {
            return $"({fault.GetType()} while it was read)";
        }
    }

    public void WriteTo(FrameWriter frame)
    {
        frame.Text(typeName);
        frame.Text(message);
        frame.Text(stackTrace);
        frame.Byte(exception is null ? (byte)0 : (byte)1);
        if (exception is not null)
            exception.WriteTo(frame);
        else
            frame.Text(whyNot ?? "");
    }

    public static TaskError ReadFrom(ref FrameReader frame, Func<long, IObjectState> find, Packer packer)
    {
        var type = frame.Text();
        var message = frame.Text();
        var stack = frame.Text();
        return frame.Byte() != 0
            ? new TaskError(Payload.ReadFrom(ref frame, find, packer), type, message, stack, null)
            : new TaskError(null, type, message, stack, frame.Text());
    }

    /// <summary>The exception itself, with the stack of where it was thrown, or its description.</summary>
    public Exception ToException(Func<Payload, Exception> read)
    {
        if (_exception is not null)
            return _exception;
        if (exception is not null)
        {
            try
            {
                var thrown = read(exception);
                if (string.IsNullOrEmpty(thrown.StackTrace) && stackTrace.Length > 0)
                    ExceptionDispatchInfo.SetRemoteStackTrace(thrown, stackTrace);
                return _exception = thrown;
            }
            catch (Exception why)
            {
                // Nothing that was thrown on a worker may do harm here: what cannot be read is described.
                return _exception = Describe(why.Message);
            }
        }

        return _exception = Describe(whyNot);
    }

    private RemoteException Describe(string? why)
    {
        var remote = new RemoteException(typeName, message, stackTrace, why);
        if (stackTrace.Length > 0)
            ExceptionDispatchInfo.SetRemoteStackTrace(remote, stackTrace);
        return remote;
    }
}
