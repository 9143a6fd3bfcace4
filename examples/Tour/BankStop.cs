using System.Diagnostics;

namespace Braid.Examples.Tour;

/// <summary>An account survives the death of its worker: it restarts from its last snapshot, and no deposit that was confirmed is lost.</summary>
internal static class BankStop
{
    public static async Task RunAsync()
    {
        await using var cluster = await Cluster.StartAsync(new() { Workers = 2 });
        var account = cluster.StartActor(() => new Account(100), new() { Name = "account of Ada", MaxRestarts = 3 });
        Console.WriteLine($"deposit 50: {await account.Call(a => a.Deposit(50))}");
        try
        {
            await account.Call(a => a.Withdraw(500));
        }
        catch (InvalidOperationException error)
        {
            Console.WriteLine($"withdraw 500: {error.Message}");
        }

        try
        {
            await account.Call(_ => Process.GetCurrentProcess().Kill());
        }
        catch (ActorRestartedException)
        {
            Console.WriteLine("its worker was killed");
        }

        // Anyone finds it by its name.
        Console.WriteLine($"withdraw 30: {await cluster.Submit(async () => await Cluster.Current.GetActor<Account>("account of Ada").Call(a => a.Withdraw(30)))}");
        await account.StopAsync();
    }

    private sealed class Account(decimal opening) : ISnapshotActor<decimal>
    {
        private decimal _balance = opening;

        public decimal Deposit(decimal amount) => _balance += amount;

        public decimal Withdraw(decimal amount) =>
            amount <= _balance ? _balance -= amount : throw new InvalidOperationException($"there are only {_balance}");

        public decimal TakeSnapshot() => _balance;

        public void Restore(decimal state) => _balance = state;
    }
}
