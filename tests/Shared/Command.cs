using System.Diagnostics;
using System.Text;

namespace Braid.Tests;

/// <summary>A program that a test runs to its end: what it said and with which code it ended.</summary>
internal sealed record Command(int ExitCode, string Output, string Errors)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    /// <summary>Runs a program with its output redirected. One that takes longer than four minutes is ended, and the test fails.</summary>
    public static async Task<Command> RunAsync(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };

        // What a test host or an SDK that started this process has set for itself is not for its children.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} took longer than {Limit}.\n{End(await output)}\n{End(await errors)}");
        }

        return new Command(process.ExitCode, await output, await errors);
    }

    /// <summary>The output of a program that must succeed.</summary>
    public static async Task<string> OutputOfAsync(string folder, string program, params string[] arguments)
    {
        var command = await RunAsync(folder, program, arguments);
        return command.ExitCode == 0
            ? command.Output
            : throw new InvalidOperationException(
                $"{program} {string.Join(' ', arguments)} ended with {command.ExitCode}.\n{End(command.Output)}\n{End(command.Errors)}");
    }

    // Of much output only the end is shown, where the error stands.
    private static string End(string text) => text.Length <= 4000 ? text : "…" + text[^4000..];
}
