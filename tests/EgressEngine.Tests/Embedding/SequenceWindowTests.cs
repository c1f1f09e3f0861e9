using Egress.Embedding;
using Egress.Vectors;

namespace Egress.Tests.Embedding;

public sealed class SequenceWindowTests
{
    [Fact]
    public void Sequences_come_out_by_length_longest_first_and_the_next_window_the_other_way()
    {
        var window = new SequenceWindow(3, sorts: true);
        Assert.Equal(["ccc", "bb", "a"], Fill(window, "a", "ccc", "bb"));
        Assert.Equal(["d", "ee", "fff"], Fill(window, "ee", "fff", "d"));
        Assert.Equal(["i", "h", "g"], Fill(window, "i", "h", "g"));
    }

    [Fact]
    public void Equally_long_ones_and_unsorted_ones_stay_in_their_order()
    {
        Assert.Equal(["c", "a", "b"], Fill(new SequenceWindow(3, sorts: true), "c", "a", "b"));
        Assert.Equal(["a", "ccc", "bb"], Fill(new SequenceWindow(3, sorts: false), "a", "ccc", "bb"));
    }

    [Fact]
    public void It_is_full_at_its_capacity()
    {
        var window = new SequenceWindow(2, sorts: true);
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

        return [.. window.Take().Select(item => item.Text)];
    }

    private static EmbeddingItem Item(string text) => new(new SequenceKey(text, 0), text, null);
}
