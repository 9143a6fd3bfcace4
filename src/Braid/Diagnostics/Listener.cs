namespace Braid.Diagnostics;

/// <summary>Calls what the user gave to be told of things, on a thread that is Braid's: its exceptions are an event, and neither the end of the process nor of what it hears.</summary>
internal static class Listener
{
    /// <param name="listener">The user's.</param>
    /// <param name="value">What it is told.</param>
    /// <param name="name">How the user knows it, for the event.</param>
    public static void Tell<T>(Action<T> listener, T value, string name)
    {
        try
        {
            listener(value);
        }
        catch (Exception exception)
        {
            BraidEvents.Log.ListenerFailed(name, exception.ToString());
        }
    }
}
