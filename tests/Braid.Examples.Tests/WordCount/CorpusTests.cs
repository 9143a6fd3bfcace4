using Braid.Examples.WordCount;

namespace Braid.Tests.WordCount;

public sealed class CorpusTests : IDisposable
{
    private readonly SampleTexts _texts = new(seed: 5);

    public void Dispose() => _texts.Dispose();

    [Fact]
    public void Blocks_hold_every_byte_once_and_end_between_words()
    {
        var pieces = Corpus.Blocks(Corpus.Find([_texts.Folder])).SelectMany(block => block.Pieces).GroupBy(piece => piece.Path);
        Assert.All(pieces, file =>
        {
            Assert.Equal(new FileInfo(file.Key).Length, file.Sum(piece => piece.Length));
            var bytes = File.ReadAllBytes(file.Key);
            var cuts = file.OrderBy(piece => piece.Start).Skip(1).Select(piece => piece.Start);
            Assert.All(cuts, cut => Assert.False(WordTable.IsPartOfWord(bytes[cut]) && WordTable.IsPartOfWord(bytes[cut - 1])));
        });
        Assert.Equal(3, pieces.Single(file => file.Key.EndsWith("large.txt", StringComparison.Ordinal)).Count());
    }

    [Fact]
    public void Blocks_in_one_thread_count_what_a_regular_expression_counts()
    {
        var counts = WordCounts.Sum(Corpus.Blocks(Corpus.Find([_texts.Folder])).Select(block => block.Count()));
        Assert.Equal(_texts.Counts(), counts.Top(int.MaxValue).ToDictionary());
    }

    [Theory]
    [InlineData("*.txt", 4)]
    [InlineData("**/*.txt", 5)]
    [InlineData("*/*.txt*", 2)]
    [InlineData("middle", 3)]
    [InlineData("middle/deep/three.md", 1)]
    [InlineData("middle/o?e.txt", 1)]
    public void Paths_directories_and_globs_name_files(string pattern, int files) =>
        Assert.Equal(files, Corpus.Find([_texts.PathOf(pattern)]).Count());

    [Fact]
    public void A_file_that_is_named_twice_is_counted_once() =>
        Assert.Single(Corpus.Find([_texts.PathOf("empty.txt"), _texts.PathOf("e*.txt"), _texts.PathOf("./empty.txt")]), path => path.EndsWith("empty.txt", StringComparison.Ordinal));

    [Theory]
    [InlineData("nothing.txt")]
    [InlineData("*.nothing")]
    [InlineData("nowhere/*.txt")]
    public void A_pattern_without_files_is_an_error_that_names_it(string pattern)
    {
        var error = Assert.Throws<FileNotFoundException>(() => Corpus.Find([_texts.PathOf(pattern)]).ToArray());
        Assert.Contains(pattern, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_but_empty_files_is_one_empty_block() => Assert.Empty(Assert.Single(Corpus.Blocks([_texts.PathOf("empty.txt")])).Pieces);

    [Fact]
    public void The_default_corpus_is_tens_of_megabytes() => Assert.True(Corpus.Default().Sum(path => new FileInfo(path).Length) > 10_000_000);
}
