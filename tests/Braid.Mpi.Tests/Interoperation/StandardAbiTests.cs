namespace Braid.Mpi.Tests.Interoperation;

/// <summary>
/// The MPI 5.0 standard ABI: scenarios on a library that has it, in which every handle, constant and status is translated from the standard's to MPICH's. Debian has no such
/// library; ours (standard_abi.c) has the functions that these scenarios call.
/// </summary>
public class StandardAbiTests
{
    private static readonly string[] Scenarios =
    [
        "PointToPoint.", "Statuses.Source", "Statuses.NoElements", "Statuses.Elements", "Statuses.OfEvery", "Requests.WaitAll", "Requests.AReceive", "Requests.AMessage", "Requests.AnAwaited", "Requests.CollectionsDoNot",
        "Collectives.Broadcast", "Collectives.GatherToEveryRoot", "Collectives.ScatterFromEveryRoot", "Collectives.AllGather",
        "Collectives.InPlace", "Reductions.EveryOperation", "Reductions.SumProduct", "Reductions.LogicalOnBool", "Reductions.MinAndMax",
        "Reductions.ReduceToEveryRoot", "Reductions.ScanAndExclusive", "Communicators.ADuplicate", "Communicators.SplitByColour",
        "Communicators.NamesAndAttributes", "Datatypes.AColumn", "Errors.AnInvalid", "Errors.ALonger", "Objects.ADictionary",
    ];

    [Fact]
    public async Task A_library_with_the_standard_ABI_carries_the_same_messages()
    {
        var launcher = Launcher.Of("mpich").OrSkip();
        using var library = await CProgram.CompileOrSkipAsync("mpich", "standard_abi.c", "-shared", "-fPIC");
        var hello = await launcher.RunAsync(2, [("BRAID_MPI", library.Path)], "fault:hello");
        Assert.Contains("hello from 1 of 2 on StandardAbi", hello.Output, StringComparison.Ordinal);
        var said = Jobs.Read(await launcher.RunAsync(2, [("BRAID_MPI", library.Path)], Scenarios));
        Assert.Equal("", said["exit"]);
        var expected = await Jobs.ScenariosAsync("embedded", 2);
        Assert.True(said.Count > 40, $"{said.Count} scenarios ran");
        Assert.All(said, scenario => Assert.Equal(expected[scenario.Key], scenario.Value));
    }
}
