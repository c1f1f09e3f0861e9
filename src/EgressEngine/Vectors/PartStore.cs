using System.Globalization;
using Egress.Output;
using Egress.Output.Journal;
using Egress.Output.Stores;

namespace Egress.Vectors;

/// <summary>
/// Vectors in files, one part a batch, in a folder or an object store. A part's files become final together and the destination's journal
/// lists its rows. What a killed run has left unrecorded, and what turns out damaged, is removed, and its rows are missing until they are
/// stored again. A run that makes rows again takes nothing away before it has committed something: parts of other settings go with its first
/// batch, those of its own once all their rows are stored anew; the rows that it has not made of such a part get a new part at its end, or
/// where it was killed before the next run.
/// </summary>
internal sealed partial class PartStore : IVectorStore
{
    /// <summary>What the names of all parts begin with.</summary>
    public const string FilePrefix = "part-";

    /// <summary>What the journal says rows are made from: the size is a hash of the text.</summary>
    private const string TextSource = "text";

    private readonly VectorStoreOptions _options;
    private readonly RunSettings _settings;
    private readonly IVectorEncoder _encoder;
    private readonly IOutputStore _store;
    private readonly OutputRun _outputs;
    private readonly string _prefix;
    private readonly Dictionary<string, bool> _sound = new(StringComparer.Ordinal);
    private readonly ReplacedParts _replaced = new();

    // What the journals said when the run began is asked by the thread that looks rows up, and by the one that commits first.
    private readonly Lock _recorded = new();
    private readonly Lock _first = new();
    private volatile bool _hasOthers;
    private long _next;

    /// <param name="options">The destination and how it is used.</param>
    /// <param name="encoder">Writes a part's files.</param>
    /// <exception cref="EgressException">The destination takes no files, another run has it, or it holds vectors of other settings.</exception>
    public PartStore(VectorStoreOptions options, IVectorEncoder encoder)
    {
        _options = options;
        _settings = WithColumns(options);
        _encoder = encoder;
        _prefix = options.Scope.Length == 0 ? FilePrefix : $"{FilePrefix}{options.Scope}-";
        using var undo = new UndoOnFailure();
        _store = OutputStores.Open(options.Destination.Address);
        undo.Add(_store.Dispose);
        _outputs = OpenRun();
        undo.Add(() => _outputs.Dispose());
        if (CleanUp())
        {
            // The journals say other things now.
            _outputs.Dispose();
            _outputs = OpenRun();
        }

        undo.Keep();
    }

    /// <inheritdoc/>
    public string Location => _store.Location;

    private bool Replaces => _options.Mode == OutputMode.Replace;

    private bool ReplacesOthers => _options.Mode is OutputMode.Replace or OutputMode.ResumeAndReplace;

    private bool LooksForDamage => _options.Mode is OutputMode.Resume or OutputMode.ResumeAndReplace;

    /// <inheritdoc/>
    public IReadOnlyList<StoredState> Find(IReadOnlyList<SequenceKey> keys)
    {
        lock (_recorded)
        {
            return [.. keys.Select(Find)];
        }
    }

    /// <inheritdoc/>
    public VectorCommit Write(VectorBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        cancellationToken.ThrowIfCancellationRequested();
        if (_hasOthers)
        {
            lock (_first)
            {
                if (_hasOthers)
                {
                    var first = Commit(batch);
                    RemoveOthers(batch.Rows.Select(row => row.Id).ToHashSet(StringComparer.Ordinal));
                    _hasOthers = false;
                    return first;
                }
            }
        }

        var commit = Commit(batch);
        foreach (var unit in _replaced.Replace(batch.Rows.Select(row => row.Id)))
        {
            RemoveFiles(unit);
        }

        return commit;
    }

    /// <inheritdoc/>
    public void Complete()
    {
        foreach (var (unit, left) in _replaced.TakePartial())
        {
            Rewrite(unit, left);
        }

        _outputs.Complete();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _outputs.Dispose();
        _store.Dispose();
    }

    /// <summary>
    /// The settings of files: what reads several of them together expects one kind with one set of columns, and none is rewritten to add one.
    /// </summary>
    private static RunSettings WithColumns(VectorStoreOptions options) => new(
    [
        .. options.Settings.Values,
        KeyValuePair.Create("Format", $"{options.Destination.Format}"),
        KeyValuePair.Create("StoreText", $"{options.StoresTexts}"),
    ]);

    private OutputRun OpenRun() => OutputRun.Open(_store, new OutputRunOptions
    {
        Settings = _settings,
        Mode = _options.Mode,
        Scope = _options.Scope,
        EndTimeout = _options.EndTimeout,
    });

    private VectorCommit Commit(VectorBatch batch)
    {
        var stem = _prefix + (Interlocked.Increment(ref _next) - 1).ToString("D6", CultureInfo.InvariantCulture);
        var extensions = _encoder.Extensions(batch.Layout);
        using var unit = _outputs.Begin([.. batch.Rows.Select(row => new OutputTicket
        {
            Item = row.Id,
            Names = [],
            Location = _store.Location,
            Source = new OutputSource(TextSource, row.TextHash),
        })]);
        foreach (var extension in extensions)
        {
            _encoder.Write(extension, batch, unit.Create(stem + extension));
        }

        return new VectorCommit(_store.Locate(stem + extensions[0]), unit.Commit() ?? 0);
    }

    private StoredState Find(SequenceKey key)
    {
        if (Replaces)
        {
            if (_outputs.FindRecorded(key.Id) is { } before && IsOwn(before) && before.SettingsId == _settings.Id)
            {
                _replaced.Expect(key.Id, before);
            }

            return StoredState.Missing;
        }

        if (_outputs.FindRecorded(key.Id) is not { } unit || unit.SettingsId != _settings.Id || !IsThere(key.Id, unit))
        {
            return StoredState.Missing;
        }

        var source = unit.Items.First(item => item.Key == key.Id).Source;
        return source?.Bytes == key.TextHash ? StoredState.Stored : StoredState.Conflicting;
    }

    /// <summary>Whether a part is whole. One that is not is removed, so that its rows are not there twice once they are made again.</summary>
    private bool IsThere(string id, CommittedUnit unit)
    {
        var name = unit.Files[0].Name;
        if (!_sound.TryGetValue(name, out var isSound))
        {
            isSound = LooksForDamage
                ? _outputs.IsSound(id)
                : unit.Files.All(file => _store.Find(file.Name) is not null);
            _sound[name] = isSound;
            if (!isSound)
            {
                _outputs.Remove(unit);
            }
        }

        return isSound;
    }

    /// <summary>
    /// Removes the parts that a killed run has not recorded, and what one that was killed while it made rows again has left of others. Numbers go
    /// on after the last one.
    /// </summary>
    /// <returns>Whether the journals say other things of this run's own rows now.</returns>
    private bool CleanUp()
    {
        var kept = new HashSet<string>(StringComparer.Ordinal);
        var (last, items, hasOwn) = (-1L, 0L, false);
        foreach (var unit in _outputs.Recorded())
        {
            kept.UnionWith(unit.Files.Select(file => file.Name));
            items += unit.Items.Count;
            if (IsOwn(unit))
            {
                last = Math.Max(last, unit.Files.Max(file => Number(file.Name)));
                hasOwn |= unit.SettingsId == _settings.Id;
                _hasOthers |= unit.SettingsId != _settings.Id && ReplacesOthers;
            }
        }

        foreach (var name in _outputs.ListFiles().Where(IsOwn))
        {
            last = Math.Max(last, Number(name));
            if (!kept.Contains(name))
            {
                _outputs.RemoveUnrecorded(name);
            }
        }

        _next = last + 1;
        if (_hasOthers && hasOwn)
        {
            // Its first batch is there.
            RemoveOthers([]);
            _hasOthers = false;
        }

        return items > _outputs.RecordedItems && RewritePartial();
    }

    private bool IsOwn(CommittedUnit unit) => unit.Files.Any(file => IsOwn(file.Name));

    private bool IsOwn(string name) => name.StartsWith(_prefix, StringComparison.Ordinal) && Number(name) >= 0;

    /// <summary>The number of a part by one of its files' names; -1 where it is no part of this run's share.</summary>
    private long Number(string name)
    {
        var end = name.IndexOf('.', StringComparison.Ordinal);
        return end > _prefix.Length
            && long.TryParse(name.AsSpan(_prefix.Length, end - _prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : -1;
    }
}
