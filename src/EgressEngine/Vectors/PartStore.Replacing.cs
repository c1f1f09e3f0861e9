using System.Text.Json;
using Egress.Output.Journal;
using Egress.Output.Stores;

namespace Egress.Vectors;

/// <content>What becomes of parts whose rows are made again.</content>
internal sealed partial class PartStore
{
    /// <summary>Removes this run's parts of other settings, as it has committed something itself.</summary>
    /// <param name="ids">The rows that it has committed: the journal has them anew.</param>
    private void RemoveOthers(HashSet<string> ids)
    {
        lock (_recorded)
        {
            foreach (var unit in _outputs.Recorded().Where(unit => IsOwn(unit) && unit.SettingsId != _settings.Id))
            {
                _outputs.Remove(unit with { Items = [.. unit.Items.Where(item => Stands(item, unit) && !ids.Contains(item.Key))] });
            }
        }
    }

    /// <summary>Gives rows a part of their own where newer ones have taken the place of the others in theirs.</summary>
    private bool RewritePartial()
    {
        var partial = _outputs.Recorded().Where(unit => IsOwn(unit) && unit.SettingsId == _settings.Id)
            .Select(unit => (Unit: unit, Left: unit.Items.Where(item => Stands(item, unit)).Select(item => item.Key).ToHashSet(StringComparer.Ordinal)))
            .Where(part => part.Left.Count < part.Unit.Items.Count).ToList();
        partial.ForEach(part => Rewrite(part.Unit, part.Left));
        return partial.Count > 0;
    }

    /// <summary>Stores some rows of a part as another, and removes the part. Rows that cannot be read any more are missing then.</summary>
    private void Rewrite(CommittedUnit unit, IReadOnlySet<string> ids)
    {
        var rows = Read(unit);
        if (rows is null)
        {
            _outputs.Remove(unit with { Items = [.. unit.Items.Where(item => ids.Contains(item.Key))] });
            return;
        }

        var hashes = unit.Items.ToDictionary(item => item.Key, item => item.Source?.Bytes ?? 0, StringComparer.Ordinal);
        Commit(new VectorBatch(_options.Layout, [.. rows.Where(row => ids.Contains(row.Id)).Select(row => row with { TextHash = hashes[row.Id] })]));
        RemoveFiles(unit);
    }

    /// <summary>The rows of a part; null where its files are gone or damaged.</summary>
    private IReadOnlyList<VectorRow>? Read(CommittedUnit unit)
    {
        if (!unit.Files.All(file => _store.Find(file.Name)?.Bytes == file.Bytes))
        {
            return null;
        }

        var name = unit.Files[0].Name;
        var stem = name[..name.IndexOf('.', StringComparison.Ordinal)];
        try
        {
            return _encoder.Read(_options.Layout, extension => Content(stem + extension));
        }
        catch (Exception error) when (error is InvalidDataException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>A file of a part, which is as large as a batch, in memory: object stores have streams that cannot seek.</summary>
    private MemoryStream Content(string name)
    {
        try
        {
            using var stream = _store.OpenRead(name);
            var content = new MemoryStream();
            stream.CopyTo(content);
            content.Position = 0;
            return content;
        }
        catch (Exception error) when (StoreFault.IsOne(error))
        {
            throw StoreFault.Writing(_store.Locate(name), error);
        }
    }

    /// <summary>Removes a part whose rows are all in others: the journal says of its files alone that they are gone.</summary>
    private void RemoveFiles(CommittedUnit unit) => _outputs.Remove(unit with { Items = [] });

    /// <summary>Whether a part's row is the last of its id.</summary>
    private bool Stands(CommittedItem item, CommittedUnit unit) => _outputs.FindRecorded(item.Key) is { } last && last.Files[0].Name == unit.Files[0].Name;
}
