using Braid.Tests;

namespace Braid.Celery.Tests.Interop;

public sealed class SettingsPageTests
{
    [Fact]
    public async Task Every_setting_of_Celery_stands_in_the_guide_with_what_stands_for_it_here()
    {
        var page = await File.ReadAllTextAsync(Repository.PathOf("docs", "guide", "celery-settings.md"));
        var names = await PythonCelery.RunAsync("settings.py", "");
        Assert.InRange(names.GetArrayLength(), 150, 300);
        Assert.DoesNotContain(names.EnumerateArray(), n => !page.Contains($"`{n.GetString()}`", StringComparison.Ordinal));
    }
}
