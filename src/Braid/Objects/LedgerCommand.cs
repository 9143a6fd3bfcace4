namespace Braid.Objects;

/// <summary>What the ledger wants done, in order; a spill is answered by <see cref="ObjectLedger.Spilled"/> or <see cref="ObjectLedger.SpillFailed"/>.</summary>
internal readonly record struct LedgerCommand(LedgerCommandKind Kind, StoredValue Value);

internal enum LedgerCommandKind : byte
{
    /// <summary>Move every segment that is in memory to disk.</summary>
    Spill,

    /// <summary>Delete every segment.</summary>
    Delete,
}
