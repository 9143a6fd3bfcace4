using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;

namespace Braid.Lambdas;

/// <summary>
/// The file and line of a method, from the portable PDB inside its assembly or beside it. Only names and error messages ask for it, so
/// nothing of it is loaded on the way of a task.
/// </summary>
internal static class SourceLocation
{
    // An assembly's symbols are opened once, and live as long as the assembly does. The value is empty where there are none.
    private static readonly ConditionalWeakTable<Module, Symbols> Opened = [];

    /// <summary><c>Program.cs:12</c>, or null where the symbols are missing or do not know the method.</summary>
    public static string? Of(MethodBase method)
    {
        var source = ReachableFields.SourceOf(method);
        var symbols = Opened.GetValue(source.Module, static module => new Symbols(Open(module)));
        return symbols.Locate(source.MetadataToken);
    }

    private static MetadataReaderProvider? Open(Module module)
    {
        try
        {
            // In a single file there is no image to look into; publishing leaves the symbols beside the executable.
            var image = ImagePath(module.Assembly);
            return image.Length > 0 && File.Exists(image)
                ? OpenFor(image)
                : OpenAlone(Path.Combine(AppContext.BaseDirectory, module.Assembly.GetName().Name + ".pdb"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or BadImageFormatException)
        {
            // Symbols that cannot be read are symbols that are not there: a name without its line is still a name.
            return null;
        }
    }

    [System.Diagnostics.CodeAnalysis.UnconditionalSuppressMessage("SingleFile", "IL3000", Justification = "An empty location is handled by the caller.")]
    private static string ImagePath(Assembly assembly) => assembly.Location;

    // The image says which PDB is its own, so that one left over from another build is not believed.
    private static MetadataReaderProvider? OpenFor(string image)
    {
        using var reader = new PEReader(File.OpenRead(image));
        return reader.TryOpenAssociatedPortablePdb(image, static path => File.Exists(path) ? File.OpenRead(path) : null, out var provider, out _)
            ? provider
            : null;
    }

    private static MetadataReaderProvider? OpenAlone(string pdb) =>
        File.Exists(pdb) ? MetadataReaderProvider.FromPortablePdbStream(File.OpenRead(pdb)) : null;

    private sealed class Symbols(MetadataReaderProvider? provider)
    {
        // A provider reads its stream on the first use and may not be used by two threads at once.
        private readonly Lock _reading = new();

        public string? Locate(int methodToken)
        {
            if (provider is null) return null;
            lock (_reading)
            {
                try
                {
                    return Locate(provider.GetMetadataReader(), methodToken);
                }
                catch (BadImageFormatException)
                {
                    return null;
                }
            }
        }

        private static string? Locate(MetadataReader reader, int methodToken)
        {
            var handle = MetadataTokens.MethodDefinitionHandle(methodToken & 0xFFFFFF).ToDebugInformationHandle();
            if (MetadataTokens.GetRowNumber(handle) > reader.MethodDebugInformation.Count) return null;
            var method = reader.GetMethodDebugInformation(handle);
            foreach (var point in method.GetSequencePoints())
            {
                if (point.IsHidden) continue;
                var path = reader.GetString(reader.GetDocument(point.Document).Name);
                return $"{path[(path.LastIndexOfAny(['/', '\\']) + 1)..]}:{point.StartLine}";
            }

            return null;
        }
    }
}
