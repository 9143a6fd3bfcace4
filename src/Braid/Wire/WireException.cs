namespace Braid.Wire;

/// <summary>A frame that breaks the grammar: its link is closed, for nothing that follows it can be trusted.</summary>
internal sealed class WireException(string message) : BraidException(message);
