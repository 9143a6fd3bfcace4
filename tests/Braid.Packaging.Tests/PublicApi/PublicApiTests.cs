using System.Reflection;

namespace Braid.Tests.PublicApi;

/// <summary>
/// The public surface of each library is written down in a file beside this one and reviewed like code. After a change that is meant, run these
/// tests once with <c>BRAID_ACCEPT_API=1</c> and commit the files.
/// </summary>
public sealed class PublicApiTests
{
    private static readonly string Folder = Repository.PathOf("tests", "Braid.Packaging.Tests", "PublicApi");

    public static TheoryData<string> Libraries() =>
        [.. Directory.EnumerateDirectories(Repository.PathOf("src")).Select(folder => Path.GetFileName(folder)!)
            .Where(name => File.Exists(Path.Combine(AppContext.BaseDirectory, name + ".dll"))).Order()];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void The_public_surface_is_the_one_that_was_reviewed(string library)
    {
        var file = Path.Combine(Folder, library + ".txt");
        var actual = ApiText.Of(Assembly.Load(library));
        if (Environment.GetEnvironmentVariable("BRAID_ACCEPT_API") == "1")
        {
            File.WriteAllText(file, actual);
        }

        var reviewed = File.Exists(file) ? File.ReadAllText(file) : "";
        if (reviewed != actual)
        {
            var before = reviewed.Split('\n');
            var after = actual.Split('\n');
            var changes = before.Except(after).Select(line => "- " + line).Concat(after.Except(before).Select(line => "+ " + line));
            Assert.Fail($"The public surface of {library} is not the one in {Path.GetRelativePath(Repository.Root, file)}. "
                + $"If that is meant, run these tests with BRAID_ACCEPT_API=1 and commit the file.\n{string.Join('\n', changes)}");
        }
    }

    [Fact]
    public void Every_reviewed_file_belongs_to_a_library() =>
        Assert.Empty(Directory.EnumerateFiles(Folder, "*.txt").Select(Path.GetFileNameWithoutExtension).Except(Libraries().Select(row => row.Data)));
}
