using System.Text.RegularExpressions;

namespace Braid.Tests.Pages;

public class LinkTests
{
    public static TheoryData<string> Pages() =>
        [.. Directory.EnumerateFiles(Repository.Root, "*.md")
            .Concat(Directory.EnumerateFiles(Repository.PathOf("docs"), "*.md", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Repository.Root, path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_of_a_page_into_the_repository_leads_somewhere(string page)
    {
        var folder = Path.GetDirectoryName(Repository.PathOf(page))!;
        var links = Regex.Matches(File.ReadAllText(Repository.PathOf(page)), @"\]\((?<target>[^)#\s]+)(#[^)]*)?\)")
            .Select(match => match.Groups["target"].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal));
        Assert.All(links, target => Assert.True(Path.Exists(Path.Combine(folder, target)), $"{page} links to {target}, which is not there."));
    }
}
