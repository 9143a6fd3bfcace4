namespace Microsoft.Extensions.Logging;

/// <summary>Of the name of the class behind every logger, by which it is refused: the kernel knows no package, and its tests none of this.</summary>
internal sealed class Logger;
