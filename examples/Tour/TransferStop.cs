namespace Braid.Examples.Tour;

/// <summary>Two accounts, and money that goes both ways at once. Each transfer locks the account with the lower number first, so none waits for ever.</summary>
internal static class TransferStop
{
    public static async Task RunAsync()
    {
        await using var cluster = await Cluster.StartAsync(new() { Workers = 2 });
        Account[] accounts = [new(1, cluster.CreateLock(), cluster.CreateVariable(1000)), new(2, cluster.CreateLock(), cluster.CreateVariable(1000))];
        var there = Enumerable.Range(0, 50).Select(_ => cluster.Submit(() => TransferAsync(accounts[0], accounts[1], 3)));
        var back = Enumerable.Range(0, 50).Select(_ => cluster.Submit(() => TransferAsync(accounts[1], accounts[0], 1)));
        await Cluster.WhenAll(there.Concat(back).ToArray());
        Console.WriteLine($"{(await accounts[0].Balance.GetAsync()).Value} + {(await accounts[1].Balance.GetAsync()).Value} after 100 transfers in both directions");
    }

    private static async Task TransferAsync(Account from, Account to, int amount)
    {
        var (first, second) = from.Number < to.Number ? (from, to) : (to, from);
        await using var one = await first.Guard.AcquireAsync();
        await using var two = await second.Guard.AcquireAsync();
        await from.Balance.SetAsync((await from.Balance.GetAsync()).Value - amount);
        await to.Balance.SetAsync((await to.Balance.GetAsync()).Value + amount);
    }

    private sealed record Account(int Number, DistributedLock Guard, DistributedVariable<int> Balance);
}
