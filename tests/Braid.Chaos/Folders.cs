namespace Braid.Chaos;

/// <summary>Where this run's cluster alone keeps its values.</summary>
internal sealed class Folders : IDisposable
{
    public Folders()
    {
        var name = "braid-chaos-" + Guid.NewGuid().ToString("n")[..8];
        Memory = Directory.CreateDirectory(Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), name)).FullName;
        Spill = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), name + "-spill")).FullName;
    }

    public string Memory { get; }

    public string Spill { get; }

    public string[] Contents() => [.. Directory.GetFileSystemEntries(Memory, "*", SearchOption.AllDirectories), .. Directory.GetFileSystemEntries(Spill, "*", SearchOption.AllDirectories)];

    public void Dispose()
    {
        Directory.Delete(Memory, recursive: true);
        Directory.Delete(Spill, recursive: true);
    }
}
