using Braid.Celery.Wire;

namespace Braid.Celery;

/// <summary>Brings a chain into the form that is sent: no chain within a chain, and no group before another step.</summary>
internal static class ChainSteps
{
    /// <summary>Chains within the chain give their steps; their callbacks go to their last step.</summary>
    internal static List<Signature> Flatten(IReadOnlyList<Signature> tasks)
    {
        var steps = new List<Signature>(tasks.Count);
        foreach (var task in tasks)
        {
            if (task is not ChainSignature chain)
            {
                steps.Add(task);
                continue;
            }
            var inner = Flatten(chain.Tasks);
            if (inner.Count == 0) continue;
            inner[^1] = WithLinks(inner[^1], chain.Options, "link");
            for (var i = 0; i < inner.Count; i++) inner[i] = WithLinks(inner[i], chain.Options, "link_error");
            steps.AddRange(inner);
        }
        return steps;
    }

    /// <summary>
    /// Each group with a step behind it becomes a chord with that step as its body; what then follows a chord stays in the chain, and is
    /// handed to the body when the chord is sent.
    /// </summary>
    internal static List<Signature> Upgrade(List<Signature> steps)
    {
        var result = new List<Signature>(steps.Count);
        for (var i = steps.Count - 1; i >= 0; i--)
        {
            var step = steps[i];
            if (step is GroupSignature { Tasks.Count: 1 } single) step = single.Tasks[0];
            if (step is GroupSignature group && result.Count > 0)
            {
                var body = result[^1];
                result.RemoveAt(result.Count - 1);
                step = new ChordSignature(group, body, app: group.FindApp() ?? body.FindApp());
            }
            if (step is ChainSignature inner) result.AddRange(Enumerable.Reverse(Upgrade(Flatten(inner.Tasks))));
            else result.Add(step);
        }
        result.Reverse();
        return result;
    }

    private static Signature WithLinks(Signature step, Dictionary<string, object?> options, string key)
    {
        if (options.List(key) is not { } links) return step;
        foreach (var link in links.OfType<Dictionary<string, object?>>())
            step = key == "link" ? step.Link(Signature.FromWire(link)) : step.LinkError(Signature.FromWire(link));
        return step;
    }
}
