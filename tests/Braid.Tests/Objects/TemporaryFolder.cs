namespace Braid.Tests.Objects;

/// <summary>A folder of a test's own, removed at its end.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder(string? root = null) =>
        Path = Directory.CreateDirectory(System.IO.Path.Combine(root ?? System.IO.Path.GetTempPath(), "objects-test-" + Guid.NewGuid().ToString("n"))).FullName;

    public string Path { get; }

    public string Sub(string name) => Directory.CreateDirectory(System.IO.Path.Combine(Path, name)).FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
