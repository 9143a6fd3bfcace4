using System.Text.Json;
using Braid.Celery.Wire;

namespace Braid.Celery;

/// <summary>The tasks that canvas needs and that every Celery worker knows.</summary>
internal static class BuiltinTasks
{
    internal static readonly string[] Names = ["celery.accumulate", "celery.map", "celery.starmap", "celery.backend_cleanup"];

    internal static void Register(CeleryApp app)
    {
        app.Register<object?>("celery.accumulate", Accumulate, null);
        app.Register<object?>("celery.map", (Func<Dictionary<string, object?>, List<object?>, TaskRequest, Task<List<object?>>>)((task, it, self) => EachAsync(task, it, self, spread: false)), null);
        app.Register<object?>("celery.starmap", (Func<Dictionary<string, object?>, List<object?>, TaskRequest, Task<List<object?>>>)((task, it, self) => EachAsync(task, it, self, spread: true)), null);
        app.Register<object?>("celery.backend_cleanup", (CancellationToken stop) => app.Backend.CleanUpAsync(stop), null);
    }

    private static object? Accumulate(Dictionary<string, object?> kwargs, params object?[] args) =>
        kwargs.GetValueOrDefault("index") is long index ? args[index < 0 ? args.Length + index : index] : args;

    /// <summary>Calls a task of this worker for each item, in place.</summary>
    private static async Task<List<object?>> EachAsync(Dictionary<string, object?> task, List<object?> it, TaskRequest self, bool spread)
    {
        var signature = Signature.FromWire(task, self.App);
        var registered = self.App.Find(signature.Task) ?? throw new TaskException("NotRegistered", "celery.exceptions", signature.Task);
        var json = self.App.Json;
        var kwargs = PlainValue.ToJson(new Dictionary<string, object?>(signature.Kwargs, StringComparer.Ordinal), json);
        var results = new List<object?>(it.Count);
        foreach (var item in it)
        {
            List<object?> args = spread && item is List<object?> items ? [.. items, .. signature.Args] : [item, .. signature.Args];
            var bound = registered.Bind(PlainValue.ToJson(args, json), kwargs, self, self.App.Services, json);
            var result = await registered.InvokeAsync(bound, self.App.Services);
            results.Add(result is null ? null : JsonSerializer.SerializeToElement(result, registered.ReturnType, json));
        }
        return results;
    }
}
