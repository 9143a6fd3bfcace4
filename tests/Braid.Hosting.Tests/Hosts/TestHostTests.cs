namespace Braid.Tests.Hosts;

/// <summary>A user's tests that use worker processes, under both hosts that <c>dotnet test</c> knows.</summary>
public sealed class TestHostTests
{
    private const string Tests = """
        using Braid;
        using Xunit;

        public sealed class UsersTests
        {
            [Fact]
            public async Task Tasks_run_elsewhere()
            {
                await using var cluster = await Cluster.StartAsync(new() { Workers = 2 });
                var (seven, here) = (7, Environment.ProcessId);
                Assert.Equal((42, true), await cluster.Submit(() => (6 * seven, Environment.ProcessId != here)));
            }
        }
        """;

    [Fact]
    public async Task Microsoft_Testing_Platform()
    {
        using var tests = Application.Write("Platform", Tests, $"""
            <PropertyGroup>
              <OutputType>Exe</OutputType>
              <UseMicrosoftTestingPlatformRunner>true</UseMicrosoftTestingPlatformRunner>
            </PropertyGroup>
            <ItemGroup>{Application.PackageReference("xunit.v3")}</ItemGroup>
            """);
        tests.Add("global.json", """{ "test": { "runner": "Microsoft.Testing.Platform" } }""");
        // This runner hands options of the build that it does not know to the tests, so the build is apart.
        await tests.DotnetAsync("build", "-c", "Release", "--disable-build-servers");
        Assert.Contains("succeeded: 1", await tests.DotnetAsync("test", "-c", "Release", "--no-build", "--no-ansi"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("xunit", "Library")]
    [InlineData("xunit.v3", "Exe")]
    public async Task VSTest(string framework, string outputType)
    {
        using var tests = Application.Write("Classic", Tests, $"""
            <PropertyGroup><OutputType>{outputType}</OutputType></PropertyGroup>
            <ItemGroup>
              {Application.PackageReference(framework)}
              {Application.PackageReference("xunit.runner.visualstudio")}
              {Application.PackageReference("Microsoft.NET.Test.Sdk")}
            </ItemGroup>
            """);
        Assert.Contains("Passed!", await tests.DotnetAsync("test", "-c", "Release", "--disable-build-servers"), StringComparison.Ordinal);
    }
}
