namespace Braid.Tests.Pages;

/// <summary>The whole programs of the README and the guides, as projects of their own that one build makes.</summary>
public sealed class BuiltBlocks : IAsyncLifetime
{
    internal static CodeBlock[] Programs { get; } =
    [
        .. Directory.EnumerateFiles(Repository.PathOf("docs", "guide"), "*.md").Prepend(Repository.PathOf("README.md"))
            .Select(path => Path.GetRelativePath(Repository.Root, path)).Order(StringComparer.Ordinal)
            .SelectMany(CodeBlock.Of).Where(block => block.IsProgram),
    ];

    private readonly TemporaryFolder _folder = new();

    public async ValueTask InitializeAsync()
    {
        _folder.Write("Directory.Build.props", $"""
            <Project>
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
        for (var i = 0; i < Programs.Length; i++)
        {
            _folder.Write($"Block{i}/Block{i}.csproj", """<Project Sdk="Microsoft.NET.Sdk" />""");
            _folder.Write($"Block{i}/Program.cs", $"#line {Programs[i].Line + 1} \"{Programs[i].Page}\"\n{Programs[i].Code}");
        }

        // Not a solution: that builds what it does not list, here the kernel, in another configuration.
        _folder.Write("Blocks.proj", """
            <Project>
              <ItemGroup>
                <Block Include="*/*.csproj" />
              </ItemGroup>
              <Target Name="Build">
                <MSBuild Projects="@(Block)" Targets="Restore" Properties="IsRestoring=true" />
                <MSBuild Projects="@(Block)" BuildInParallel="true" />
              </Target>
            </Project>
            """);
        await Command.OutputOfAsync(_folder.Path, "dotnet", "msbuild", "Blocks.proj", "-m", $"-p:Configuration={Repository.Configuration}",
            "-p:BuildProjectReferences=false", "-p:UseSharedCompilation=false", "-nodeReuse:false", "-v:quiet");
    }

    internal Task<string> OutputOfAsync(CodeBlock program)
    {
        var name = $"Block{Array.IndexOf(Programs, program)}";
        return Command.OutputOfAsync(_folder.Path, _folder.PathOf(name, "bin", Repository.Configuration, "net10.0", name));
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
