namespace Braid.Tests;

/// <summary>An example as a user's own build leaves it.</summary>
internal static class Example
{
    public static Task<Command> RunAsync(string name, params string[] arguments) =>
        Command.RunAsync(Repository.Root, PathOf(name), arguments);

    public static Task<string> OutputOfAsync(string name, params string[] arguments) =>
        Command.OutputOfAsync(Repository.Root, PathOf(name), arguments);

    private static string PathOf(string name) => Repository.PathOf("examples", name, "bin", Repository.Configuration, "net10.0", name);
}
