using BenchmarkDotNet.Running;

namespace Braid.Benchmarks;

/// <summary>
/// <c>dotnet run -c Release --project bench/Braid.Benchmarks -- --filter '*Serializer*'</c> runs BenchmarkDotNet suites;
/// <c>-- quick</c> prints rough times within seconds, and <c>-- cold</c> what the first use in a fresh process costs, which no suite can show.
/// </summary>
internal static class Program
{
    private static void Main(string[] args)
    {
        if (args is ["cold"])
            ColdStart.Run();
        else if (args is ["quick"])
            QuickLook.Run();
        else
            BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
    }
}
