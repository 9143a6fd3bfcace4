using System.Globalization;

namespace Braid.Tests.Engines;

/// <summary>
/// What tests and tasks, in whatever process, tell each other: files of a folder that is removed at the end. The path is a string, so
/// lambdas capture that and call the static methods.
/// </summary>
internal sealed class Signals : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("braid-signals-").FullName;

    public string this[string name] => Path.Combine(_folder, name);

    public static void Set(string signal) => File.WriteAllText(signal, "");

    public static bool IsSet(string signal) => File.Exists(signal);

    public static void Await(string signal) => Until.True(() => IsSet(signal));

    public static Task AwaitAsync(string signal) => Until.TrueAsync(() => IsSet(signal));

    /// <summary>Leaves one more mark, whoever does it.</summary>
    public static void Mark(string signal, string text = "") => File.WriteAllText($"{signal}.{Guid.NewGuid():n}", text);

    public static int Marks(string signal) => MarkFiles(signal).Length;

    /// <summary>Complete ones only: a mark is empty for a moment.</summary>
    public static string[] MarkTexts(string signal) => [.. MarkFiles(signal).Select(File.ReadAllText)];

    /// <summary>The task leaves its process's id as a mark.</summary>
    public static void MarkProcess(string signal) => Mark(signal, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string[] MarkFiles(string signal) =>
        Directory.GetFiles(Path.GetDirectoryName(signal)!, Path.GetFileName(signal) + ".*");
}
