namespace Braid.Tests.Readme;

public class ReadmeTests
{
    public static TheoryData<int> Blocks() => [.. Enumerable.Range(0, CodeBlock.Of("README.md").Length)];

    [Fact]
    public void Both_languages_show_the_same_code_and_the_same_output() =>
        Assert.Equal(
            CodeBlock.Of("README.md").Select(block => (block.Code, block.Output)),
            CodeBlock.Of("README.zh-CN.md").Select(block => (block.Code, block.Output)));

    [Fact]
    public void There_is_code_to_begin_with() => Assert.NotEmpty(CodeBlock.Of("README.md"));

    [Theory]
    [MemberData(nameof(Blocks))]
    public async Task The_code_compiles_runs_and_prints_what_is_shown(int index)
    {
        var block = CodeBlock.Of("README.md")[index];
        using var folder = new TemporaryFolder();
        folder.Write("Block.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
              </PropertyGroup>
              <ItemGroup>
                <ProjectReference Include="{Repository.PathOf("src", "Braid", "Braid.csproj")}" />
              </ItemGroup>
            </Project>
            """);
        folder.Write("Program.cs", block.Code);
        await Command.OutputOfAsync(folder.Path, "dotnet", "build", "-c", Repository.Configuration,
            "-p:BuildProjectReferences=false", "--disable-build-servers");
        var output = await Command.OutputOfAsync(folder.Path, folder.PathOf("bin", Repository.Configuration, "net10.0", "Block"));
        if (block.Output is not null)
            Assert.Equal(block.Output, output.ReplaceLineEndings("\n"));
    }
}
