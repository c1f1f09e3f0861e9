using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text.Json;
using Egress.Output.Stores;

namespace Egress.Output.Journal;

/// <summary>
/// What the journals of a destination say, all shards' together, by item or by file; of several commits of one the last one counts.
/// It keeps some 40 bytes an entry and reads the rest from the journal when asked. One thread at a time uses it.
/// </summary>
internal sealed class JournalIndex : IDisposable
{
    private readonly Dictionary<ulong, Entry> _entries = [];
    private readonly List<JournalReader> _readers = [];
    private readonly List<long> _durable = [];
    private readonly List<RunSettings> _settings = [];
    private readonly Dictionary<string, int> _settingsById = new(StringComparer.Ordinal);
    private readonly Func<CommittedUnit, IEnumerable<string>> _keys;
    private readonly bool _isOfItems;
    private readonly RecentUnits _recent = new();
    private readonly List<string> _scopes = [];
    private readonly Dictionary<string, long> _mended = new(StringComparer.Ordinal);

    // Files that do not have their item's name: of an index of items.
    private readonly HashSet<ulong> _besides = [];

    private JournalIndex(bool isOfItems)
    {
        _isOfItems = isOfItems;
        _keys = isOfItems ? unit => unit.Items.Select(item => item.Key) : unit => unit.Files.Select(file => file.Name);
    }

    /// <summary>The runs' different settings, in the order in which they came.</summary>
    public IReadOnlyList<RunSettings> Settings => _settings;

    /// <summary>When the destination got its first journal, by the store's clock; null where no journal says.</summary>
    public DateTime? CreatedUtc { get; private set; }

    /// <summary>Entries.</summary>
    public int Count => _entries.Count;

    /// <summary>Lines that are damaged and count as not written, but for those that a resumed run has mended since.</summary>
    public long DamagedLines => Damage.Sum(scope => Math.Max(0, scope.Value - _mended.GetValueOrDefault(scope.Key)));

    /// <summary>All damaged lines by scope, of the scopes that have some.</summary>
    public IReadOnlyDictionary<string, long> Damage => _scopes.Zip(_readers).Where(journal => journal.Second.DamagedLines > 0)
        .ToDictionary(journal => journal.First, journal => journal.Second.DamagedLines, StringComparer.Ordinal);

    /// <summary>Journals that were read.</summary>
    public int Journals => _readers.Count;

    /// <summary>Runs that began.</summary>
    public long Runs { get; private set; }

    /// <summary>Runs that came to their end.</summary>
    public long EndedRuns { get; private set; }

    /// <summary>Reads all journals, by item.</summary>
    public static JournalIndex OfItems(IOutputStore store) => Read(store, isOfItems: true);

    /// <summary>Reads all journals, by file.</summary>
    public static JournalIndex OfFiles(IOutputStore store) => Read(store, isOfItems: false);

    /// <summary>The last commit of an item or file.</summary>
    /// <param name="key">The item's key or the file's name.</param>
    /// <param name="unit">The commit.</param>
    /// <param name="isDurable">Whether it is known to have reached the disk; otherwise a crash of the machine may have undone it.</param>
    public bool TryFind(string key, [NotNullWhen(true)] out CommittedUnit? unit, out bool isDurable)
    {
        unit = null;
        isDurable = false;
        if (!_entries.TryGetValue(Hash(key), out var entry))
        {
            return false;
        }

        // Two keys of one hash are one entry; the other key's commit is not this one's, and that item is done again.
        var recent = _recent.Get((entry.Journal, entry.Offset), () => ReadUnit(entry), _keys);
        unit = recent?.Unit;
        isDurable = entry.Offset < _durable[entry.Journal];
        return recent is not null && recent.Keys.Contains(key);
    }

    /// <summary>Whether a file was committed for another item than this one; of an index of items.</summary>
    public bool IsOfAnother(string file, string item)
    {
        var named = ItemOf(file);
        return (named != item && TryFind(named, out var other, out _) && Has(other, file))
            || (_besides.Contains(Hash(file)) && !(TryFind(item, out var own, out _) && Has(own, file)));
    }

    /// <summary>Whether a file was committed at all; of an index of items.</summary>
    public bool IsRecorded(string file) => _besides.Contains(Hash(file)) || (TryFind(ItemOf(file), out var unit, out _) && Has(unit, file));

    /// <summary>Every commit that some entry stands for, once.</summary>
    public IEnumerable<CommittedUnit> Units()
    {
        foreach (var entry in _entries.Values.DistinctBy(entry => (entry.Journal, entry.Offset)).OrderBy(entry => (entry.Journal, entry.Offset)))
        {
            if (ReadUnit(entry) is { } unit)
            {
                yield return unit;
            }
        }
    }

    /// <summary>How many entries were made under some settings.</summary>
    public int CountOf(RunSettings settings) =>
        _settingsById.TryGetValue(settings.Id, out var index) ? _entries.Values.Count(entry => entry.Settings == index) : 0;

    public void Dispose() => _readers.ForEach(reader => reader.Dispose());

    private static JournalIndex Read(IOutputStore store, bool isOfItems)
    {
        var index = new JournalIndex(isOfItems);
        try
        {
            foreach (var scope in store.JournalScopes())
            {
                if (store.ReadJournal(scope) is { } stream)
                {
                    index._scopes.Add(scope);
                    index.Read(new JournalReader(stream), store.Location);
                }
            }

            return index;
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    /// <summary>FNV-1a over UTF-16 units: two among a million keys have one hash with a chance of 1 in 10^7.</summary>
    internal static ulong Hash(string key)
    {
        var hash = 0xCBF2_9CE4_8422_2325;
        foreach (var unit in key)
        {
            hash = (hash ^ unit) * 0x0000_0100_0000_01B3;
        }

        return hash;
    }

    private void Read(JournalReader reader, string location)
    {
        var journal = _readers.Count;
        _readers.Add(reader);
        _durable.Add(0);
        while (reader.Read() is { } line)
        {
            using (line)
            {
                Take(line.RootElement, journal, reader.Offset, location);
            }
        }
    }

    private void Take(JsonElement line, int journal, long offset, string location)
    {
        var property = line.EnumerateObject().First();
        switch (property.Name)
        {
            case "run":
                RequireKnown(property.Value, location);
                Runs++;
                var created = property.Value.GetProperty("created").GetDateTime();
                CreatedUtc = CreatedUtc < created ? CreatedUtc : created;
                var settings = JournalLine.ReadSettings(property.Value);
                if (_settingsById.TryAdd(settings.Id, _settings.Count))
                {
                    _settings.Add(settings);
                }

                break;
            case "commit":
                var unit = JournalLine.ReadCommit(property.Value);
                ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_settingsById, unit.SettingsId, out var exists);
                if (!exists)
                {
                    // Its run's line is damaged: what is left of the settings is that they were others.
                    known = _settings.Count;
                    _settings.Add(new RunSettings([]));
                }

                foreach (var key in _keys(unit))
                {
                    _entries[Hash(key)] = new Entry(offset, journal, known);
                }

                if (_isOfItems && unit.Items is [var single])
                {
                    _besides.UnionWith(unit.Files.Where(file => ItemOf(file.Name) != single.Key).Select(file => Hash(file.Name)));
                }

                break;
            case "removal":
                var (items, files) = JournalLine.ReadRemoval(property.Value);
                foreach (var key in _isOfItems ? items : files)
                {
                    _entries.Remove(Hash(key));
                }

                _besides.ExceptWith(files.Select(Hash));

                break;
            case "end":
                EndedRuns++;
                foreach (var (scope, lines) in JournalLine.ReadMended(property.Value))
                {
                    _mended[scope] = Math.Max(lines, _mended.GetValueOrDefault(scope));
                }

                break;
            case "durable":
                _durable[journal] = property.Value.GetProperty("before").GetInt64();
                break;
        }
    }

    /// <summary>The item whose own name a file has, if there is one.</summary>
    private static string ItemOf(string file) => Path.ChangeExtension(file, null);

    private static bool Has(CommittedUnit unit, string file) => unit.Files.Any(own => own.Name == file);

    private static void RequireKnown(JsonElement run, string location)
    {
        var version = run.GetProperty("version").GetInt32();
        if (version > JournalLine.Version)
        {
            throw new EgressException(
                EgressErrorId.JournalUnsupported,
                EgressErrorCategory.InvalidData,
                $"The journal of '{location}' is of version {version}, and this Egress knows {JournalLine.Version}.",
                "Use the newer Egress that has written to this -Destination, or name another.",
                location);
        }
    }

    private CommittedUnit? ReadUnit(Entry entry)
    {
        var reader = _readers[entry.Journal];
        reader.Seek(entry.Offset);
        using var line = reader.Read();
        return line is not null && line.RootElement.TryGetProperty("commit", out var commit) ? JournalLine.ReadCommit(commit) : null;
    }

    private readonly record struct Entry(long Offset, int Journal, int Settings);
}
