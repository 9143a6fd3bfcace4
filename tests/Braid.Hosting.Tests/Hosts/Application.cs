using System.Reflection;

namespace Braid.Tests.Hosts;

/// <summary>A user's project in a folder of its own, built against the Braid that lies beside these tests.</summary>
internal sealed class Application : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private Application(string name) => Name = name;

    public string Name { get; }

    /// <summary>The folder of the project. Its name has a space in it.</summary>
    public string Folder => _folder.PathOf("a project");

    public string Executable => PathOf("out", Name);

    public string Assembly => PathOf("out", Name + ".dll");

    /// <summary>A file that the program appends a line to each time that its <c>Main</c> runs.</summary>
    public string Journal => PathOf("journal.txt");

    public string PathOf(params ReadOnlySpan<string> parts) => Path.Combine([Folder, .. parts]);

    /// <summary>Writes a project; <paramref name="project"/> is what its file says beside the reference to Braid.</summary>
    public static Application Write(string name, string program, string project, string sdk = "Microsoft.NET.Sdk")
    {
        var application = new Application(name);
        // Nothing of the folders above is for it.
        application.Add("Directory.Build.props", "<Project />");
        application.Add("Directory.Packages.props", "<Project />");
        application.Add(name + ".csproj", $"""
            <Project Sdk="{sdk}">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
              </PropertyGroup>
              <ItemGroup>
                <Reference Include="{Path.Combine(AppContext.BaseDirectory, "Braid.dll")}" />
                <Reference Include="{Path.Combine(AppContext.BaseDirectory, "Braid.Worker.dll")}" />
              </ItemGroup>
              {project}
            </Project>
            """);
        application.Add("Program.cs", program);
        return application;
    }

    public static async Task<Application> BuildAsync(string name, string program, string sdk = "Microsoft.NET.Sdk")
    {
        var application = Write(name, program, "<PropertyGroup><OutputType>Exe</OutputType></PropertyGroup>", sdk);
        await application.DotnetAsync("build", "-c", "Release", "-o", "out", "--disable-build-servers", "-v", "quiet");
        return application;
    }

    public void Add(string file, string text) => _folder.Write(Path.Combine("a project", file), text);

    public Task<string> DotnetAsync(params string[] arguments) => Command.OutputOfAsync(Folder, "dotnet", arguments);

    /// <summary>The version of a package that the repository uses itself.</summary>
    public static string PackageReference(string package)
    {
        var known = typeof(Application).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "Version of " + package);
        return $"""<PackageReference Include="{package}" Version="{known.Value}" />""";
    }

    public void Dispose() => _folder.Dispose();
}
