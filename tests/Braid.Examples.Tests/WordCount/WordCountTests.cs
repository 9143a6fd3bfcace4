using System.Globalization;
using System.Text.RegularExpressions;

namespace Braid.Tests.WordCount;

public sealed class WordCountTests : IDisposable
{
    private readonly SampleTexts _texts = new(seed: 1);

    public void Dispose() => _texts.Dispose();

    [Theory]
    [InlineData("--workers", "2")]
    [InlineData("--workers", "3", "--in-process")]
    public async Task The_cluster_counts_what_a_regular_expression_counts(params string[] options)
    {
        var output = await Example.OutputOfAsync("WordCount", ["--top", "1000000", .. options, _texts.Folder]);
        var counts = Regex.Matches(output, @"^ +([\d,]+)  (\S+)$", RegexOptions.Multiline)
            .ToDictionary(match => match.Groups[2].Value, match => long.Parse(match.Groups[1].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture));
        Assert.Equal(_texts.Counts(), counts);
        Assert.Contains("the same counts", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_arguments_it_counts_the_documentation_of_the_sdk()
    {
        var output = await Example.OutputOfAsync("WordCount");
        Assert.Contains("summary", output, StringComparison.Ordinal);
        Assert.Matches(@"worker process(es)? +[\d.]+ s +[\d.]+ MB/s   after [\d.]+ s to start", output);
        Assert.Matches(@"one thread +[\d.]+ s +[\d.]+ MB/s   the same counts", output);
        Assert.Matches(@"speed-up +[\d.]+ x", output);
    }

    [Fact]
    public async Task Progress_is_plain_lines_where_output_is_redirected()
    {
        var output = await Example.OutputOfAsync("WordCount", "--workers", "1", "--in-process", _texts.Folder);
        Assert.Contains("counting  100%  ", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', output);
        Assert.DoesNotContain('\x1b', output);
    }

    [Fact]
    public async Task Help_shows_the_options_and_examples()
    {
        var output = await Example.OutputOfAsync("WordCount", "--help");
        foreach (var text in (string[])["--workers", "--top", "--in-process", ".gz", "Examples:", "dotnet run -c Release --project examples/WordCount"])
            Assert.Contains(text, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("There is no option '--fast'.", "--fast")]
    [InlineData("--workers takes a number from 1 to 1024.", "--workers", "0")]
    [InlineData("--top takes a number from 1 to 1000000.", "--top")]
    [InlineData("There is no file 'nowhere.txt'.", "nowhere.txt")]
    public async Task What_is_wrong_with_the_arguments_is_said_without_a_stack(string message, params string[] arguments)
    {
        var run = await Example.RunAsync("WordCount", arguments);
        Assert.Equal((2, "", $"{message}\nSee --help.\n"), (run.ExitCode, run.Output, run.Errors.ReplaceLineEndings("\n")));
    }

    [Theory]
    [InlineData("never compressed")]
    [InlineData("cut off")]
    public async Task A_damaged_file_is_named_without_a_stack(string damage)
    {
        var path = Path.Combine(_texts.Folder, "damaged.gz");
        var whole = await File.ReadAllBytesAsync(Path.Combine(_texts.Folder, "middle", "two.txt.gz"), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(path, damage == "cut off" ? whole[..^1000] : "Plain text."u8.ToArray(), TestContext.Current.CancellationToken);
        var run = await Example.RunAsync("WordCount", path);
        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith($"'{path}' is not a whole gzip file.", run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Errors, StringComparison.Ordinal);
    }
}
