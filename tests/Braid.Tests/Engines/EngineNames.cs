namespace Braid.Tests.Engines;

/// <summary>The engines by name, as theories take them.</summary>
internal static class EngineNames
{
    public const string InProcess = "inprocess";
    public const string Processes = "processes";

    public static TheoryData<string> Both => [InProcess, Processes];

    public static Engine Of(string name) => name == InProcess ? Engine.InProcess : Engine.Processes;
}
