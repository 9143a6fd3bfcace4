using System.Text;
using Braid.Examples.WordCount;

namespace Braid.Tests.WordCount;

public class WordTableTests
{
    [Theory]
    [InlineData("", 0)]
    [InlineData("one", 1)]
    [InlineData("One, one; ONE!", 3)]
    [InlineData("don't", 2)]
    [InlineData("größer слово", 2)]
    public void It_counts_words(string text, long words) => Assert.Equal(words, CountOf(text).Words);

    [Fact]
    public void Ascii_letters_count_as_lower_case_and_others_as_they_are() =>
        Assert.Equal([("größe", 2L), ("Ä", 1L)], CountOf("Größe GRößE Ä").Top(10));

    [Fact]
    public void Equally_frequent_words_are_in_the_order_of_their_bytes() =>
        Assert.Equal(["c", "a", "b"], CountOf("b a c c").Top(3).Select(word => word.Word));

    [Fact]
    public void A_text_that_ends_in_a_word_leaves_it_to_what_follows()
    {
        var table = WordTable.Rent();
        Assert.Equal(9, table.AddText(Encoding.UTF8.GetBytes("over and ov")));
        Assert.Equal(2, table.Take().Words);
    }

    [Fact]
    public void It_holds_many_words_and_sums_them()
    {
        var text = string.Join(' ', Enumerable.Range(0, 50_000).Select(i => $"w{i % 20_000}"));
        var sum = WordCounts.Sum([CountOf(text), CountOf(text), CountOf("w7 other")]);
        Assert.Equal(20_001, sum.Distinct);
        Assert.Equal(100_002, sum.Words);
        Assert.Equal(7L, sum.Top(20_001).Single(word => word.Word == "w7").Count);
    }

    [Fact]
    public void A_sum_leaves_its_parts_as_they_were()
    {
        var part = CountOf("a b");
        WordCounts.Sum([part, part]);
        Assert.True(part.SameAs(CountOf("a b")));
    }

    [Theory]
    [InlineData("a b", "a b", true)]
    [InlineData("a b", "a b b", false)]
    [InlineData("a b", "a c", false)]
    [InlineData("a b", "a", false)]
    [InlineData("a", "a b", false)]
    public void Tables_are_compared_by_their_counts(string one, string other, bool same) =>
        Assert.Equal(same, CountOf(one).SameAs(CountOf(other)));

    [Fact]
    public void A_table_that_is_used_again_is_empty()
    {
        CountOf("a b c");
        Assert.Equal([("b", 1L)], CountOf("b").Top(3));
    }

    private static WordCounts CountOf(string text)
    {
        var table = WordTable.Rent();
        table.AddText(Encoding.UTF8.GetBytes(text + " "));
        return table.Take();
    }
}
