using Egress.Output.Journal;

namespace Egress.Vectors;

/// <summary>Parts whose rows a run makes again, and which of them it has not made yet. Any thread uses it.</summary>
internal sealed class ReplacedParts
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Part> _parts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Part> _expected = new(StringComparer.Ordinal);

    /// <summary>A row of a part will be made again.</summary>
    public void Expect(string id, CommittedUnit unit)
    {
        lock (_lock)
        {
            if (!_parts.TryGetValue(unit.Files[0].Name, out var part))
            {
                _parts[unit.Files[0].Name] = part = new Part(unit, unit.Items.Select(item => item.Key).ToHashSet(StringComparer.Ordinal));
            }

            _expected[id] = part;
        }
    }

    /// <summary>Rows were stored again.</summary>
    /// <returns>The parts that have no other rows any more; they are forgotten here.</returns>
    public IReadOnlyList<CommittedUnit> Replace(IEnumerable<string> ids)
    {
        var replaced = new List<CommittedUnit>();
        lock (_lock)
        {
            foreach (var id in ids)
            {
                if (_expected.Remove(id, out var part) && part.Left.Remove(id) && part.Left.Count == 0)
                {
                    _parts.Remove(part.Unit.Files[0].Name);
                    replaced.Add(part.Unit);
                }
            }
        }

        return replaced;
    }

    /// <summary>Takes out the parts of which some rows were stored again and others not, with the ids of these.</summary>
    public IReadOnlyList<(CommittedUnit Unit, IReadOnlySet<string> Left)> TakePartial()
    {
        lock (_lock)
        {
            var partial = _parts.Values.Where(part => part.Left.Count < part.Unit.Items.Count).ToList();
            partial.ForEach(part => _parts.Remove(part.Unit.Files[0].Name));
            return [.. partial.Select(part => (part.Unit, (IReadOnlySet<string>)part.Left))];
        }
    }

    private sealed record Part(CommittedUnit Unit, HashSet<string> Left);
}
