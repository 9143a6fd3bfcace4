namespace Braid.Tests.Pages;

public class PageTests(BuiltBlocks blocks) : IClassFixture<BuiltBlocks>
{
    public static TheoryData<string> Programs() => [.. BuiltBlocks.Programs.Select(block => block.ToString())];

    [Fact]
    public void Both_languages_of_the_readme_show_the_same_code_and_the_same_output() =>
        Assert.Equal(
            CodeBlock.Of("README.md").Select(block => (block.Code, block.Output)),
            CodeBlock.Of("README.zh-CN.md").Select(block => (block.Code, block.Output)));

    [Fact]
    public void All_code_of_the_readme_is_whole_programs() => Assert.All(CodeBlock.Of("README.md"), block => Assert.True(block.IsProgram, $"{block}"));

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task The_code_of_a_page_compiles_runs_and_prints_what_is_shown(string block)
    {
        var program = BuiltBlocks.Programs.Single(program => program.ToString() == block);
        var output = await blocks.OutputOfAsync(program);
        if (program.Output is not null)
            Assert.Equal(program.Output, output.ReplaceLineEndings("\n"));
    }
}
