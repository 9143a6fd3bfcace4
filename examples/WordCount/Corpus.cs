using System.Text.RegularExpressions;

namespace Braid.Examples.WordCount;

/// <summary>The files to count and the blocks they make.</summary>
internal static class Corpus
{
    private const long BlockBytes = 4 << 20;

    private static readonly char[] Wildcards = ['*', '?'];

    /// <summary>The XML documentation of the reference packs, which every SDK brings: tens of MB of English and C#.</summary>
    public static IEnumerable<string> Default()
    {
        // The running framework lies in DOTNET/shared/Microsoft.NETCore.App/VERSION.
        var dotnet = new DirectoryInfo(Path.GetDirectoryName(typeof(object).Assembly.Location)!).Parent!.Parent!.Parent!;
        return Find([Path.Combine(dotnet.FullName, "packs", "*", "*", "ref", "*", "*.xml")]);
    }

    /// <summary>
    /// The files of paths and globs in order: a directory stands for all that is in it, <c>**</c> in a glob for any directories.
    /// </summary>
    /// <exception cref="FileNotFoundException">Nothing is there.</exception>
    public static IEnumerable<string> Find(IEnumerable<string> patterns) =>
        patterns.SelectMany(pattern =>
        {
            var files = File.Exists(pattern) ? [pattern]
                : Directory.Exists(pattern) ? Directory.EnumerateFiles(pattern, "*", SearchOption.AllDirectories)
                : Glob(pattern);
            var sorted = files.Select(Path.GetFullPath).Order(StringComparer.Ordinal).ToArray();
            return sorted.Length > 0 ? sorted : throw new FileNotFoundException($"There is no file '{pattern}'.", pattern);
        }).Distinct();

    /// <summary>Cuts large files between words and puts small ones together, so that each block is about four MiB.</summary>
    public static IEnumerable<Block> Blocks(IEnumerable<string> files)
    {
        var pieces = new List<Piece>();
        long bytes = 0;
        foreach (var piece in files.SelectMany(Cut))
        {
            if (bytes > 0 && bytes + piece.Length > BlockBytes)
            {
                yield return new Block([.. pieces]);
                pieces.Clear();
                bytes = 0;
            }

            pieces.Add(piece);
            bytes += piece.Length;
        }

        yield return new Block([.. pieces]);   // empty only where all files are
    }

    private static IEnumerable<Piece> Cut(string path)
    {
        using var file = File.OpenHandle(path);
        var length = RandomAccess.GetLength(file);
        if (Piece.IsCompressed(path))
        {
            yield return new Piece(path, 0, length);
            yield break;
        }

        var buffer = new byte[4096];
        for (long start = 0, end; start < length; start = end)
        {
            end = Math.Min(start + BlockBytes, length);
            while (end < length)
            {
                var next = buffer.AsSpan(0, RandomAccess.Read(file, buffer, end));
                var between = next.IndexOfAnyExcept(WordLetters);
                end += between < 0 ? next.Length : between;
                if (between >= 0 || next.IsEmpty)
                    break;
            }

            yield return new Piece(path, start, end - start);
        }
    }

    private static readonly System.Buffers.SearchValues<byte> WordLetters = System.Buffers.SearchValues.Create(
        [.. Enumerable.Range(0, 256).Select(value => (byte)value).Where(WordTable.IsPartOfWord)]);

    private static IEnumerable<string> Glob(string pattern)
    {
        pattern = Path.GetFullPath(pattern);
        var root = pattern;
        while (root.IndexOfAny(Wildcards) >= 0)
        {
            root = Path.GetDirectoryName(root)!;
        }

        if (root == pattern || !Directory.Exists(root))
            return [];

        var regex = Regex.Escape(pattern.Replace('\\', '/'))
            .Replace(@"\*\*/", "(.*/)?").Replace(@"\*", "[^/]*").Replace(@"\?", "[^/]");
        var files = new Regex($"^{regex}$", RegexOptions.CultureInvariant);
        return Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Where(path => files.IsMatch(path.Replace('\\', '/')));
    }
}
