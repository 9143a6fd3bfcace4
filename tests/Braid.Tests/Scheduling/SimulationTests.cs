using Braid.Simulation;
using Braid.Simulation.Coordination;
using Braid.Simulation.Objects;

namespace Braid.Tests.Scheduling;

public class SimulationTests
{
    private const int WorldsEach = 5_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void In_every_simulated_world_each_task_ends_once_and_nothing_is_over_committed(int part)
    {
        // A failure's message names the seed, and the command that replays it with its log.
        for (var seed = part * 1_000_000L; seed < part * 1_000_000L + WorldsEach; seed++)
            new World(seed).Run();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void In_every_simulated_world_locks_and_queues_keep_their_promises_and_deadlocks_are_found_and_real(int part)
    {
        for (var seed = part * 1_000_000L; seed < part * 1_000_000L + (2 * WorldsEach); seed++)
            new CoordinationWorld(seed).Run();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void In_every_simulated_world_no_value_is_freed_while_referred_to_and_all_are_freed_in_the_end(int part)
    {
        for (var seed = part * 1_000_000L; seed < part * 1_000_000L + (2 * WorldsEach); seed++)
            new ObjectWorld(seed).Run();
    }

    [Fact]
    public void A_seed_replays_to_the_last_line()
    {
        Assert.Equal(LogOf(42), LogOf(42));
        Assert.NotEqual(LogOf(42), LogOf(43));
    }

    private static string LogOf(long seed)
    {
        using var log = new StringWriter();
        new World(seed, log).Run();
        return log.ToString();
    }
}
