namespace Egress.Output.Journal;

/// <summary>
/// The commits that were read last. Where many items share a commit, a run asks for it once an item, and each time it would have to be
/// read and searched.
/// </summary>
internal sealed class RecentUnits
{
    // More than the batches that a run sorts together.
    private const int MaximumCount = 128;

    private readonly Dictionary<(int, long), LinkedListNode<Recent>> _units = [];
    private readonly LinkedList<Recent> _order = new();

    /// <summary>The commit of a place in a journal; null where it cannot be read.</summary>
    /// <param name="place">The journal and the offset in it.</param>
    /// <param name="read">Reads it.</param>
    /// <param name="keys">Its keys.</param>
    public Recent? Get((int Journal, long Offset) place, Func<CommittedUnit?> read, Func<CommittedUnit, IEnumerable<string>> keys)
    {
        if (_units.TryGetValue(place, out var node))
        {
            _order.Remove(node);
            _order.AddFirst(node);
            return node.Value;
        }

        if (read() is not { } unit)
        {
            return null;
        }

        if (_units.Count == MaximumCount)
        {
            _units.Remove(_order.Last!.Value.Place);
            _order.RemoveLast();
        }

        return (_units[place] = _order.AddFirst(new Recent(place, unit, keys(unit).ToHashSet(StringComparer.Ordinal)))).Value;
    }

    /// <summary>A commit and its keys.</summary>
    public sealed record Recent((int Journal, long Offset) Place, CommittedUnit Unit, HashSet<string> Keys);
}
