using Braid.Serialization.Compiling;

namespace Braid.Serialization;

/// <summary>A body that is written, or read, when the stack has unwound: of a whole instance, or of some fields of a closure.</summary>
internal readonly record struct DeferredBody(object Instance, Formatter? Formatter, FieldSubset? Subset, ulong Fields);
