using System.Globalization;
using System.Text.Json.Nodes;
using Egress.Models;
using Egress.Output.Journal;

namespace Egress.Output.Zarr;

/// <summary>
/// A destination as a Zarr group: an array an output, over the items of all runs with the same settings, and the array
/// <c>names</c> with each item's name. An item's place is its turn in the run, and stays the one that the journal has where it was done
/// before; so a resumed run fills the holes of the one that was interrupted. Items without an output have the fill value and no
/// name. The documents are written when a run begins and when it ends, so that a group opens at any time, with what was there then.
/// </summary>
public sealed class ZarrGroup
{
    /// <summary>The array with the items' names.</summary>
    public const string Names = "names";

    private const string IndexNote = "index";
    private readonly OutputRun _run;
    private readonly OutputLayout _layout;
    private readonly Func<JsonObject> _attributes;
    private readonly HashSet<long> _taken = [];
    private long _turn;
    private long _next;

    private ZarrGroup(OutputRun run, OutputLayout layout, Func<JsonObject> attributes)
    {
        _run = run;
        _layout = layout;
        _attributes = attributes;
    }

    /// <summary>Opens the group, and makes it where it is not there.</summary>
    /// <param name="run">The run's hold on the destination.</param>
    /// <param name="layout">The arrays of an item.</param>
    /// <param name="attributes">Makes the group's attributes.</param>
    /// <exception cref="EgressException">There is a group that no run has made, or the destination takes no files.</exception>
    public static ZarrGroup Open(OutputRun run, OutputLayout layout, Func<JsonObject> attributes)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(attributes);
        var group = new ZarrGroup(run, layout, attributes);
        foreach (var unit in run.Recorded().Where(unit => Index(unit) is not null))
        {
            if (unit.SettingsId != run.Settings.Id)
            {
                throw new EgressException(
                    EgressErrorId.DestinationSettingsDiffer,
                    EgressErrorCategory.InvalidArgument,
                    $"'{run.Store.Location}' holds arrays of a run with other settings, and all items of an array have one shape and one meaning.",
                    "Name another folder with -Destination, or delete this one.",
                    run.Store.Location);
            }

            group.Take(unit);
        }

        string[] documents = [ZarrMetadata.FileName, Document(Names), .. layout.Arrays.Select(array => Document(array.Name))];
        if (!run.HasHistory && documents.Any(document => run.Store.Find(document) is not null))
        {
            throw new EgressException(
                EgressErrorId.DestinationNotWritable,
                EgressErrorCategory.ResourceExists,
                $"'{run.Store.Location}' holds a Zarr group that no run has made.",
                "Name a folder of its own with -Destination.",
                run.Store.Location);
        }

        group.Write();
        return group;
    }

    /// <summary>Gives an item its place.</summary>
    /// <param name="item">The item's key.</param>
    public long Place(string item)
    {
        var turn = _turn++;
        if (_run.FindRecorded(item) is { } unit && unit.SettingsId == _run.Settings.Id && Index(unit) is { } index)
        {
            return index;
        }

        // Where the inputs are others than before, another item may have this turn's place.
        while (!_taken.Add(turn))
        {
            turn = _next;
        }

        _next = Math.Max(_next, turn + 1);
        return turn;
    }

    /// <summary>What the journal has to say of an item, for later runs.</summary>
    public static IReadOnlyDictionary<string, string> Notes(long index) =>
        new Dictionary<string, string> { [IndexNote] = index.ToString(CultureInfo.InvariantCulture) };

    /// <summary>Writes the documents for what is in the group now.</summary>
    /// <exception cref="EgressException">Writing failed.</exception>
    public void Write()
    {
        var names = new SortedDictionary<long, string>();
        foreach (var unit in _run.ReadCommitted().Where(unit => unit.SettingsId == _run.Settings.Id && unit.Items.Count > 0))
        {
            if (Index(unit) is { } index)
            {
                names[index] = unit.Items[0].Key;
            }
        }

        // Items that failed at the end of a run count too.
        var count = Math.Max(_next, names.Count > 0 ? names.Keys.Last() + 1 : 0);
        foreach (var array in _layout.Arrays)
        {
            string[] dimensions = array.Spec.Shape.Length == 3 ? ["item", "class", "y", "x"] : ["item", "y", "x"];
            var type = array.Spec.Type == ElementType.UInt16 ? ElementType.Float32 : array.Spec.Type;
            Commit(array.Name, ZarrMetadata.Array(type, count, array.Spec.Shape, dimensions));
        }

        for (long first = 0; first < count; first += ZarrChunk.TextsInChunk)
        {
            var texts = Enumerable.Range(0, ZarrChunk.TextsInChunk).Select(i => names.GetValueOrDefault(first + i, "")).ToList();
            _run.CommitShared(ZarrChunk.Name(Names, first / ZarrChunk.TextsInChunk, 0), ZarrChunk.Texts(texts));
        }

        Commit(Names, ZarrMetadata.Texts(count, "item"));
        _run.CommitShared(ZarrMetadata.FileName, ZarrMetadata.Group(_attributes()));
    }

    private static long? Index(CommittedUnit unit) =>
        unit.Notes.TryGetValue(IndexNote, out var text) && long.TryParse(text, CultureInfo.InvariantCulture, out var index) ? index : null;

    private void Take(CommittedUnit unit)
    {
        if (Index(unit) is { } index)
        {
            _taken.Add(index);
            _next = Math.Max(_next, index + 1);
        }
    }

    private static string Document(string array) => $"{array}/{ZarrMetadata.FileName}";

    private void Commit(string array, byte[] document) => _run.CommitShared(Document(array), document);
}
