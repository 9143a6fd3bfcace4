namespace Braid.Lambdas;

/// <summary>What the errors say of programs without code that is made at run time.</summary>
internal static class AheadOfTime
{
    /// <summary>Why it is so, and what to do.</summary>
    public const string Cause =
        "This program has said that it will do without: with PublishAot it is compiled by NativeAOT when it is published, and held to the same under a plain "
        + "'dotnet run'. Set <PublishAot>false</PublishAot>; in a file-based app, which has it by default, write '#:property PublishAot=false'.";
}
