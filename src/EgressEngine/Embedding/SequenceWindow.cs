using System.Runtime.ExceptionServices;
using Egress.Input;

namespace Egress.Embedding;

/// <summary>
/// Sequences that came together. Ordered by their tokens they make batches of sequences about as long, which need little padding. The
/// characters of a text would be known sooner, and say too little: tables and code have several times as many tokens a character.
/// </summary>
/// <param name="capacity">The most sequences.</param>
/// <param name="tokenizer">Cuts texts; null where there are none, or where they stay in the order in which they come.</param>
/// <param name="maxLength">The most tokens of a sequence.</param>
/// <param name="threads">Threads that cut at once.</param>
internal sealed class SequenceWindow(int capacity, ITokenizer? tokenizer, int maxLength, int threads)
{
    private readonly ParallelOptions _parallel = new() { MaxDegreeOfParallelism = threads };
    private List<EmbeddingItem> _items = [];
    private bool _isDescending = true;

    /// <summary>Whether it takes no more.</summary>
    public bool IsFull => _items.Count >= capacity;

    /// <summary>Whether there is nothing in it.</summary>
    public bool IsEmpty => _items.Count == 0;

    /// <summary>Adds one.</summary>
    public void Add(EmbeddingItem item) => _items.Add(item);

    /// <summary>Takes all out, in the order in which they came.</summary>
    public List<EmbeddingItem> Take()
    {
        var items = _items;
        _items = [];
        return items;
    }

    /// <summary>
    /// Puts sequences in the order in which they are computed: those of one window from long to short and those of the next from short to long,
    /// so that a batch over two windows is not of both. The longest come first of all: what does not fit in memory shows at once.
    /// </summary>
    public List<EmbeddingItem> Order(List<EmbeddingItem> items)
    {
        if (tokenizer is null)
        {
            return items;
        }

        try
        {
            Parallel.ForEach(items, _parallel, () => new int[maxLength], (item, _, ids) => Cut(item, ids), _ => { });
        }
        catch (AggregateException errors)
        {
            // One says what is wrong, and as what: the run ends with it.
            ExceptionDispatchInfo.Throw(errors.InnerExceptions[0]);
        }

        items = [.. _isDescending ? items.OrderByDescending(item => item.TokenCount) : items.OrderBy(item => item.TokenCount)];
        _isDescending = !_isDescending;
        return items;
    }

    private int[] Cut(EmbeddingItem item, int[] ids)
    {
        if (item.Text is { } text)
        {
            item.TokenCount = tokenizer!.Encode(text, ids);
            item.TokenIds = ids.AsSpan(0, item.TokenCount).ToArray();
        }

        return ids;
    }
}
