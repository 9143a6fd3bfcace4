using Braid.Tests;

namespace Braid.Mpi.Tests.Interoperation;

/// <summary>A program or library in C of this folder, compiled for one MPI; gone with its folder.</summary>
internal sealed class CProgram : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private CProgram(string name) => Path = _folder.PathOf(name);

    public string Path { get; }

    /// <summary>Compiles by the MPI's own compiler command, or skips the test where it is not installed.</summary>
    public static async Task<CProgram> CompileOrSkipAsync(string mpi, string source, params string[] options)
    {
        var compiler = $"mpicc.{mpi}";
        Assert.SkipUnless(Launcher.IsOnPath(compiler), $"{compiler} is not installed");
        var program = new CProgram(System.IO.Path.GetFileNameWithoutExtension(source));
        var compiled = await Launcher.RunAsync(
            [compiler, "-O1", "-Wall", "-o", program.Path, System.IO.Path.Combine(AppContext.BaseDirectory, "Interoperation", source), .. options], []);
        Assert.True(compiled.ExitCode == 0, compiled.ToString());
        return program;
    }

    public void Dispose() => _folder.Dispose();
}
