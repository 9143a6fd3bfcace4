namespace Braid.Simulation;

/// <summary>The faults planted in the counting of references and in the ledger of values; @ asks whether the fault is the one under test.</summary>
internal static class PlantedInObjects
{
    public static readonly PlantedFault[] All =
    [
        new("objects: a reference that is sent again is not counted", "Exports.cs",
            "held = (state, held.Count + 1);",
            "held = (state, @ ? 1 : held.Count + 1);"),
        new("objects: the first to be let go of lets all go", "Exports.cs",
            "if (count == held.Count)",
            "if (count == held.Count || @)"),
        new("objects: what is sent to a lost worker stays counted", "Exports.cs",
            "if (_closed)",
            "if (_closed && !@)"),
        new("objects: a lost worker keeps what it had", "Exports.cs",
            "_closed = true;\n            _held.Clear();",
            "_closed = true;\n            if (!@) _held.Clear();"),
        new("objects: a release that waits for a spill is forgotten", "ObjectLedger.cs",
            "if (!value.ReleaseWaits)\n            return;",
            "if (!value.ReleaseWaits || @)\n            return;"),
        new("objects: a value is deleted while it is being spilled", "ObjectLedger.cs",
            "if (value.State == StoredState.Spilling)\n        {",
            "if (value.State == StoredState.Spilling && !@)\n        {"),
        new("objects: what was spilled still counts in memory", "ObjectLedger.cs",
            "BytesInMemory -= bytes;\n        BytesOnDisk += bytes;",
            "if (!@) BytesInMemory -= bytes;\n        BytesOnDisk += bytes;"),
    ];
}
