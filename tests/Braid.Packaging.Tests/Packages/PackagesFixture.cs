using System.IO.Compression;
using System.Text;
using Braid.Tests.Packages;

// Packed once for all: two packings at a time would write the same images.
[assembly: AssemblyFixture(typeof(PackagesFixture))]

namespace Braid.Tests.Packages;

/// <summary>
/// The packages as a release makes them, under a version that nobody else has, and new projects that install them. They have a package
/// cache of their own, which falls back on the user's, so that nothing of this run stays there and nothing old is found.
/// </summary>
public sealed class PackagesFixture : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    public string Version { get; } = $"0.0.0-test.{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()}";

    private string Packages => _folder.PathOf("packages");

    public async ValueTask InitializeAsync() =>
        await Command.OutputOfAsync(Repository.Root, "dotnet", "pack", "Braid.slnx", "-c", Repository.Configuration, "--no-build",
            "-p:Version=" + Version, "-o", Packages, "--disable-build-servers");

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    public IEnumerable<string> Names() =>
        Directory.EnumerateFiles(Packages, "*.nupkg").Select(path => Path.GetFileName(path).Replace($".{Version}.nupkg", "")).Order();

    public bool HasSymbols(string name) => File.Exists(Path.Combine(Packages, $"{name}.{Version}.snupkg"));

    public string[] FilesOf(string name)
    {
        using var package = ZipFile.OpenRead(Path.Combine(Packages, $"{name}.{Version}.nupkg"));
        return [.. package.Entries.Select(entry => entry.FullName)];
    }

    public string TextOf(string name, string file) => Encoding.UTF8.GetString(BytesOf(name, file));

    public byte[] BytesOf(string name, string file)
    {
        using var package = ZipFile.OpenRead(Path.Combine(Packages, $"{name}.{Version}.nupkg"));
        using var content = package.GetEntry(file)!.Open();
        using var bytes = new MemoryStream();
        content.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>A new console project with the package installed; returns its folder.</summary>
    public string NewProject(string name, string package, string program)
    {
        _folder.Write($"{name}/NuGet.config",
            $"""<configuration><packageSources><add key="braid" value="{Packages}" /></packageSources></configuration>""");
        _folder.Write($"{name}/{name}.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <RestorePackagesPath>{_folder.PathOf("cache")}</RestorePackagesPath>
                <RestoreFallbackFolders>{UserCache}</RestoreFallbackFolders>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="{package}" Version="{Version}" />
              </ItemGroup>
            </Project>
            """);
        _folder.Write($"{name}/Program.cs", program);
        return _folder.PathOf(name);
    }

    /// <summary>Installs a package that is a tool into a project's folder; returns the command.</summary>
    public async Task<string> InstallToolAsync(string project, string package)
    {
        await Command.OutputOfAsync(project, "dotnet", "tool", "install", package, "--version", Version, "--tool-path", "tools", "--configfile", "NuGet.config");
        return Path.Combine(project, "tools", package);
    }

    private static string UserCache
    {
        get
        {
            var folder = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
                ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
            return Directory.CreateDirectory(folder).FullName;
        }
    }
}
