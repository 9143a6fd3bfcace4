using Braid.Mpi.Abi;

namespace Braid.Mpi.Tests.Interoperation;

/// <summary>The tables of Open MPI and MPICH beside what a C compiler finds in their headers.</summary>
public class HeaderTests
{
    [Theory]
    [InlineData("openmpi")]
    [InlineData("mpich")]
    public async Task A_table_has_the_constants_of_the_mpis_own_header(string mpi)
    {
        using var program = await CProgram.CompileOrSkipAsync(mpi, "constants.c");
        var next = 0x1000;
        var abi = mpi == "mpich" ? MpichAbi.Create(static _ => 0) : OpenMpiAbi.Create(_ => next += 8);
        var said = (await Launcher.RunAsync([program.Path], [])).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var classes = said.Where(static line => line.StartsWith("class ", StringComparison.Ordinal)).ToArray();
        Assert.Equal(said.Except(classes), Constants(abi).Where(line => mpi == "mpich" || !IsHandle(line)));
        Assert.True(classes.Length >= 57);
        foreach (var line in classes)
        {
            var numbers = line.Split(' ');
            Assert.Equal(numbers[1], $"{(int)abi.ErrorClass(int.Parse(numbers[2], System.Globalization.CultureInfo.InvariantCulture))}");
        }
    }

    private static bool IsHandle(string line) => line.Split(' ')[0] is "Types" or "Ops" or "Handles";

    private static string[] Constants(MpiAbi abi) =>
    [
        $"HandleSize {abi.HandleSize}", $"StatusSize {abi.StatusSize}", $"SourceOffset {abi.SourceOffset}", $"TagOffset {abi.TagOffset}",
        $"ErrorOffset {abi.ErrorOffset}", $"InPlace {abi.InPlace}", $"StatusIgnore {abi.StatusIgnore}", $"AnySource {abi.AnySource}",
        $"AnyTag {abi.AnyTag}", $"ProcNull {abi.ProcNull}", $"Root {abi.Root}", $"Undefined {abi.Undefined}",
        Line("ThreadLevels", abi.ThreadLevels), $"CommTypeShared {abi.CommTypeShared}", $"LockExclusive {abi.LockExclusive}",
        $"LockShared {abi.LockShared}", Line("Comparisons", abi.Comparisons),
        Line("FileModes", abi.FileModes), Line("WindowAssertions", abi.WindowAssertions), Line("Seeks", abi.Seeks),
        $"KeyTagUpperBound {abi.KeyTagUpperBound}", $"KeyUniverseSize {abi.KeyUniverseSize}", $"KeyAppNum {abi.KeyAppNum}",
        $"KeyWinBase {abi.KeyWinBase}", $"OrderC {abi.OrderC}", $"OrderFortran {abi.OrderFortran}", $"MaxPortName {abi.MaxPortName}",
        Line("Types", abi.Types), Line("Ops", abi.Ops),
        Line("Handles",
            abi.CommWorld, abi.CommSelf, abi.CommNull, abi.GroupNull, abi.GroupEmpty, abi.RequestNull, abi.MessageNull, abi.MessageNoProc,
            abi.InfoNull, abi.ErrorsReturn, abi.DatatypeNull, abi.WinNull, abi.FileNull),
    ];

    private static string Line<T>(string name, params T[] values) => $"{name} {string.Join(' ', values)}";
}
