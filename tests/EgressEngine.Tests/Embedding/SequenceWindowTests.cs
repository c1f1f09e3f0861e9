using Egress.Embedding;
using Egress.Input;
using Egress.Vectors;

namespace Egress.Tests.Embedding;

public sealed class SequenceWindowTests
{
    [Fact]
    public void Sequences_come_out_by_tokens_longest_first_and_the_next_window_the_other_way()
    {
        var window = new SequenceWindow(3, new Words(), maxLength: 8, threads: 2);
        Assert.Equal(["1 2 3", "long words", "longestword"], Fill(window, "longestword", "1 2 3", "long words"));
        Assert.Equal(["d", "e e", "f f f"], Fill(window, "e e", "f f f", "d"));
        Assert.Equal(["i i", "h", "g"], Fill(window, "i i", "h", "g"));
    }

    [Fact]
    public void Equally_long_ones_and_unsorted_ones_stay_in_their_order()
    {
        Assert.Equal(["c", "a", "b"], Fill(new SequenceWindow(3, new Words(), 8, 2), "c", "a", "b"));
        Assert.Equal(["a", "c c c", "b b"], Fill(new SequenceWindow(3, null, 8, 2), "a", "c c c", "b b"));
    }

    [Fact]
    public void Their_tokens_are_kept_and_cut_at_the_greatest_length()
    {
        var window = new SequenceWindow(100, new Words(), maxLength: 3, threads: 3);
        var items = Enumerable.Range(0, 100).Select(n => Item(string.Join(' ', Enumerable.Repeat("w", 1 + (n % 7))))).ToList();
        foreach (var item in window.Order(items))
        {
            var words = item.Text!.Split(' ').Length;
            Assert.Equal(Math.Min(3, words), item.TokenCount);
            Assert.Equal(Enumerable.Range(1, item.TokenCount), item.TokenIds);
        }
    }

    [Fact]
    public void It_is_full_at_its_capacity()
    {
        var window = new SequenceWindow(2, null, 8, 1);
        window.Add(Item("a"));
        Assert.False(window.IsFull);
        window.Add(Item("b"));
        Assert.True(window.IsFull);
        Assert.Equal(2, window.Take().Count);
        Assert.False(window.IsFull);
        Assert.Empty(window.Take());
    }

    private static List<string?> Fill(SequenceWindow window, params string[] texts)
    {
        foreach (var text in texts)
        {
            window.Add(Item(text));
        }

        return [.. window.Order(window.Take()).Select(item => item.Text)];
    }

    private static EmbeddingItem Item(string text) => new(new SequenceKey(text, 0), text, null);

    /// <summary>A token a word, numbered from 1.</summary>
    private sealed class Words : ITokenizer
    {
        public int VocabularySize => 1000;

        public int Encode(string text, Span<int> ids)
        {
            var count = Math.Min(ids.Length, text.Split(' ').Length);
            for (var i = 0; i < count; i++)
            {
                ids[i] = i + 1;
            }

            return count;
        }
    }
}
