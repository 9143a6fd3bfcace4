namespace Braid.Tests.Packages;

public sealed class PackageContentTests(PackagesFixture packages) : IClassFixture<PackagesFixture>
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
}
