using System.Diagnostics;

namespace Braid.Diagnostics;

/// <summary>
/// The activity source <c>Braid</c>: <c>braid.task</c> from the submitting of a task to its end, in the driver, and <c>braid.run</c> around its body,
/// where it runs. The second is a child of the first, also across processes. Without a listener nothing is made.
/// </summary>
internal static class BraidTracing
{
    private static readonly ActivitySource Source = new("Braid", typeof(BraidTracing).Assembly.GetName().Version?.ToString());

    public static bool IsOn => Source.HasListeners();

    /// <summary>Not made current: the submitter goes on with its own.</summary>
    public static Activity? Submit(string name, long id)
    {
        var activity = Source.CreateActivity("braid.task", ActivityKind.Producer);
        if (activity is null)
            return null;
        activity.DisplayName = name;
        activity.SetTag("braid.task.id", id);
        var current = Activity.Current;
        activity.Start();
        Activity.Current = current;
        return activity;
    }

    public static void End(Activity activity, Exception? error)
    {
        if (error is not null)
        {
            activity.SetStatus(ActivityStatusCode.Error, error.Message);
            activity.AddException(error);
        }

        activity.Dispose();
    }

    /// <summary>Made current for the body.</summary>
    public static Activity? Run(string name, long id, int attempt, int workerId, string? parent)
    {
        ActivityContext.TryParse(parent, null, isRemote: true, out var context);
        var activity = Source.StartActivity("braid.run", ActivityKind.Consumer, context);
        if (activity is null)
            return null;
        activity.DisplayName = name;
        activity.SetTag("braid.task.id", id);
        activity.SetTag("braid.task.attempt", attempt);
        activity.SetTag("braid.worker.id", workerId);
        return activity;
    }
}
