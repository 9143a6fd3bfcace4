using System.Text.RegularExpressions;

namespace Braid.Tests.Pages;

/// <summary>A block of C# in a page, and the output that the page shows right after it, if it shows one.</summary>
internal sealed partial record CodeBlock(string Page, int Line, string Code, string? Output)
{
    /// <summary>Whether it is a whole program, which says what it uses first; other blocks of the guides are fragments.</summary>
    public bool IsProgram => Code.StartsWith("using Braid;", StringComparison.Ordinal);

    public static CodeBlock[] Of(string page)
    {
        var text = File.ReadAllText(Repository.PathOf(page)).ReplaceLineEndings("\n");
        return [.. Fence().Matches(text).Select(match => new CodeBlock(page, text.AsSpan(0, match.Index).Count('\n') + 1,
            match.Groups["code"].Value, match.Groups["output"] is { Success: true } output ? output.Value : null))];
    }

    public override string ToString() => $"{Page}:{Line}";

    [GeneratedRegex(@"^```csharp\n(?<code>.*?)^```\n(\n*```text\n(?<output>.*?)^```\n)?", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();
}
