namespace Egress.Embedding;

/// <summary>
/// Sequences that came together. Sorted by length they make batches of sequences about as long, which need little padding. Length is that
/// of the text: how many tokens it has is known only once a loader has cut it, and is nearly proportional.
/// </summary>
/// <param name="capacity">The most sequences.</param>
/// <param name="sorts">Whether they are sorted at all.</param>
internal sealed class SequenceWindow(int capacity, bool sorts)
{
    private List<EmbeddingItem> _items = [];
    private bool _isDescending = true;

    /// <summary>Whether it takes no more.</summary>
    public bool IsFull => _items.Count >= capacity;

    /// <summary>Adds one.</summary>
    public void Add(EmbeddingItem item) => _items.Add(item);

    /// <summary>
    /// Takes all out, in the order in which they are to be computed: one window from long to short and the next from short to long, so
    /// that a batch over two windows is not of both. The longest come first of all: what does not fit in memory shows at once.
    /// </summary>
    public List<EmbeddingItem> Take()
    {
        var items = _items;
        _items = [];
        if (sorts)
        {
            items = [.. _isDescending ? items.OrderByDescending(Length) : items.OrderBy(Length)];
            _isDescending = !_isDescending;
        }

        return items;
    }

    private static int Length(EmbeddingItem item) => item.Text?.Length ?? 0;
}
