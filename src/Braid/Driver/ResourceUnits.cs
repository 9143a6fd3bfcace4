using Braid.Scheduling;

namespace Braid.Driver;

/// <summary>Named amounts, as users write them, in the scheduler's units; and whether a cluster could ever serve them.</summary>
internal static class ResourceUnits
{
    private const double AmountMax = 1e14;

    /// <exception cref="ArgumentOutOfRangeException">Negative, not a number, or over the bound.</exception>
    public static long Of(string name, double amount)
    {
        if (!(amount >= 0) || amount > AmountMax)
            throw new ArgumentOutOfRangeException(nameof(amount), amount, $"Resource '{name}' must be from 0 to {AmountMax}.");
        return (long)Math.Round(amount * ResourceNeed.Unit);
    }

    /// <summary>What each worker offers besides its slots.</summary>
    public static ResourceAmount[] OfWorker(ClusterOptions options)
    {
        var amounts = new ResourceAmount[options.Resources.Count];
        var count = 0;
        foreach (var (name, amount) in options.Resources)
            amounts[count++] = new ResourceAmount(name, Of(name, amount));
        return amounts;
    }

    /// <summary>Null for what is simply one slot.</summary>
    public static ResourceNeed? OfTask(IReadOnlyDictionary<string, double>? resources)
    {
        if (resources is null || resources.Count == 0)
            return null;
        var cores = ResourceNeed.Unit;
        var others = new List<ResourceAmount>();
        foreach (var (name, amount) in resources)
        {
            var units = Of(name, amount);
            if (name == "cores")
                cores = units;
            else if (units > 0)
                others.Add(new ResourceAmount(name, units));
        }

        return cores == ResourceNeed.Unit && others.Count == 0 ? null : new ResourceNeed(cores, [.. others]);
    }

    /// <summary>A task that no worker could ever run would wait in silence: all workers are alike, so it is known at once.</summary>
    /// <exception cref="InvalidOperationException">It needs more than a worker has.</exception>
    public static void ThrowIfNeverFits(ResourceNeed? needs, ClusterOptions options)
    {
        if (needs is null)
            return;
        if (needs.Cores > options.SlotCount * ResourceNeed.Unit)
            throw NeverFits("cores", needs.Cores, options.SlotCount, "its slots");
        foreach (var (name, amount) in needs.Others)
        {
            var offered = options.Resources.GetValueOrDefault(name);
            if (amount > Of(name, offered))
                throw NeverFits(name, amount, offered, $"{nameof(ClusterOptions)}.{nameof(ClusterOptions.Resources)}");
        }
    }

    private static InvalidOperationException NeverFits(string name, long units, double offered, string source) => new(
        $"The task needs {(double)units / ResourceNeed.Unit} of '{name}' and each worker has {offered} ({source}): it could never run.");
}
