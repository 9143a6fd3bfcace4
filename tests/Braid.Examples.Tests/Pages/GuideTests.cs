using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Braid.Tests.Pages;

/// <summary>
/// The fragments of C# in the kernel's guides. A comment before a block, <c>&lt;!-- given … --&gt;</c>, has what the block takes for granted; readers do not see it.
/// </summary>
public partial class GuideTests
{
    private static readonly string[] Pages = ["actors.md", "coordination.md", "faults.md", "lambdas.md", "serialization.md"];

    [Fact]
    public async Task The_fragments_of_the_guides_compile()
    {
        using var folder = new TemporaryFolder();
        folder.Write("Guides.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <!-- What nobody awaits is the first warning that a reader would meet. -->
                <WarningsAsErrors>CS4014</WarningsAsErrors>
              </PropertyGroup>
              <ItemGroup>
                <ProjectReference Include="{Repository.PathOf("src", "Braid", "Braid.csproj")}" />
              </ItemGroup>
            </Project>
            """);
        var count = 0;
        foreach (var page in Pages)
        {
            var text = File.ReadAllText(Repository.PathOf("docs", "guide", page)).ReplaceLineEndings("\n");
            foreach (Match block in Block().Matches(text))
            {
                // Whole programs are built and run by themselves.
                if (block.Groups["code"].Value.StartsWith("using ", StringComparison.Ordinal))
                    continue;
                var line = text.AsSpan(0, block.Groups["code"].Index).Count('\n') + 1;
                folder.Write($"Block{++count}.cs", Compilable(count, page, line, block.Groups["given"].Value, block.Groups["code"].Value));
            }
        }

        Assert.True(count >= 12, $"Only {count} blocks were found.");
        await Command.OutputOfAsync(folder.Path, "dotnet", "build", "-c", Repository.Configuration, "-p:BuildProjectReferences=false", "-p:UseSharedCompilation=false",
            "--disable-build-servers");
    }

    /// <summary>Statements into a method, types beside it, each block in a namespace of its own. Errors name the line of the page.</summary>
    private static string Compilable(int number, string page, int line, string given, string code)
    {
        var (givenTypes, givenStatements) = (new StringBuilder(), new StringBuilder());
        var (types, statements) = (new StringBuilder(), new StringBuilder());
        Split(given, null, 0, givenTypes, givenStatements);
        Split(code, page, line, types, statements);
        return string.Create(CultureInfo.InvariantCulture, $$"""
            using Braid;
            using Braid.Serialization;
            namespace Guide{{number}};
            {{givenTypes}}
            {{types}}
            static class Program
            {
            #pragma warning disable CS1998
                static async Task RunAsync()
                {
            {{givenStatements}}
            {{statements}}
                }
            }
            """);
    }

    private static void Split(string code, string? page, int line, StringBuilder types, StringBuilder statements)
    {
        var into = statements;
        foreach (var text in code.TrimEnd('\n').Split('\n'))
        {
            var begins = into == statements && TypeBegins().IsMatch(text);
            if (begins)
                into = types;
            if (page is not null)
                into.Append(CultureInfo.InvariantCulture, $"#line {line++} \"{page}\"\n");
            into.Append(text).Append('\n');
            if (text == "}" || (begins && text.EndsWith(';')))
                into = statements;
        }
    }

    [GeneratedRegex(@"^(<!-- given\n(?<given>.*?)^-->\n)?```csharp( no-run)?\n(?<code>.*?)^```\n", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^(public |sealed )*(class|record) ")]
    private static partial Regex TypeBegins();
}
