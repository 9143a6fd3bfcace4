using System.Diagnostics;
using System.Globalization;

namespace Braid.Tests.Chaos;

public class ChaosTests
{
    /// <summary>More than the run itself and the waits at its end.</summary>
    private const int LimitMs = 300_000;

    /// <summary>How long workers are killed; <c>BRAID_CHAOS_SECONDS</c> asks for more.</summary>
    private static int Seconds =>
        int.TryParse(Environment.GetEnvironmentVariable("BRAID_CHAOS_SECONDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : 20;

    [Fact(Timeout = LimitMs)]
    public async Task While_workers_are_killed_every_result_is_right_and_nothing_is_left_behind()
    {
        // A process of its own: its handles and its memory are counted.
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        using var chaos = Process.Start(new ProcessStartInfo(
            dotnet, ["exec", Path.Combine(AppContext.BaseDirectory, "Braid.Chaos.dll"), "--seconds", Seconds.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
        })!;
        try
        {
            var said = await chaos.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await chaos.WaitForExitAsync(TestContext.Current.CancellationToken);
            TestContext.Current.TestOutputHelper?.WriteLine(said);
            Assert.True(chaos.ExitCode == 0, said);
        }
        finally
        {
            chaos.Kill();
        }
    }
}
