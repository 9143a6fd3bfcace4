using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;

namespace Braid.Tests.Packages;

public sealed class PackageContentTests(PackagesFixture packages)
{
    [Fact]
    public void The_kernel_and_its_worker_are_packages() =>
        Assert.Equal(["Braid", "Braid.Worker"], packages.Names().Where(name => name is "Braid" or "Braid.Worker"));

    [Fact]
    public void Each_package_carries_its_assembly_its_readme_and_its_symbols()
    {
        Assert.All(packages.Names(), name =>
        {
            Assert.Contains("README.md", packages.FilesOf(name));
            Assert.Contains(packages.FilesOf(name), file => file.EndsWith($"/{name}.dll", StringComparison.Ordinal));
            Assert.True(packages.HasSymbols(name));
        });
    }

    [Fact]
    public void Each_package_says_its_licence_and_what_it_is()
    {
        Assert.All(packages.Names(), name =>
        {
            var description = packages.TextOf(name, name + ".nuspec");
            Assert.Contains("<license type=\"expression\">MIT</license>", description, StringComparison.Ordinal);
            Assert.DoesNotContain("<description>Package Description</description>", description, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void The_kernel_depends_on_nothing_but_its_worker()
    {
        var dependencies = packages.TextOf("Braid", "Braid.nuspec").Split('\n').Where(line => line.Contains("<dependency ", StringComparison.Ordinal));
        Assert.Contains($"id=\"Braid.Worker\" version=\"{packages.Version}\"", Assert.Single(dependencies), StringComparison.Ordinal);
    }

    [Fact]
    public void The_kernel_carries_its_documentation() => Assert.Contains("lib/net10.0/Braid.xml", packages.FilesOf("Braid"));

    /// <summary>A driver and its workers may have different ones of the two, and find the same methods in them.</summary>
    [Fact]
    public void The_kernel_is_IL_for_every_system_and_compiled_for_this_one_under_the_same_identity()
    {
        var compiled = $"runtimes/{RuntimeInformation.RuntimeIdentifier}/lib/net10.0/Braid.dll";
        Assert.SkipUnless(packages.FilesOf("Braid").Contains(compiled), "The SDK's ReadyToRun compiler for this system could not be restored.");
        var (identity, isCompiled) = Inspect("lib/net10.0/Braid.dll");
        Assert.False(isCompiled);
        Assert.Equal((identity, true), Inspect(compiled));
    }

    private (Guid Identity, bool IsCompiled) Inspect(string file)
    {
        using var image = new PEReader(ImmutableCollectionsMarshal.AsImmutableArray(packages.BytesOf("Braid", file)));
        var metadata = image.GetMetadataReader();
        return (metadata.GetGuid(metadata.GetModuleDefinition().Mvid), image.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size > 0);
    }
}
