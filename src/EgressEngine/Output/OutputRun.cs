using Egress.Output.Journal;
using Egress.Output.Stores;

namespace Egress.Output;

/// <summary>
/// A run's hold on a destination: it gives each item its names, tells what is there already, takes outputs in and records them in
/// the destination's journal. One thread reserves; any thread begins and commits units. It does not own the store.
/// </summary>
public sealed partial class OutputRun : IDisposable
{
    /// <summary>How long a run that ends early waits for its last checkpoint.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly OutputRunOptions _options;
    private readonly IRunClaim _claim;
    private readonly JournalIndex _recorded;
    private readonly RunJournal _journal;
    private readonly DateTime _created;
    private readonly OutputKeeper _keeper;

    // Hashes instead of names, so that a run over millions of inputs remembers 8 bytes each.
    private readonly HashSet<ulong> _taken = [];
    private readonly IReadOnlyDictionary<string, long> _mends;
    private readonly HashSet<string> _shared = new(StringComparer.Ordinal);
    private readonly Lock _taking = new();
    private bool _completed;
    private volatile bool _disposed;

    private OutputRun(IOutputStore store, OutputRunOptions options, RunOwner owner, IRunClaim claim)
    {
        Store = store;
        _options = options;
        _claim = claim;
        using var undo = new UndoOnFailure();
        store.DiscardPending(options.Scope);
        _recorded = JournalIndex.OfItems(store);
        undo.Add(_recorded.Dispose);
        RequireSameSettings();

        // A resumed run does again what the journals lack, each in its scope, and one of everything in all of them.
        _mends = IsResumed ? _recorded.Damage.Where(scope => options.Scope.Length == 0 || scope.Key == options.Scope).ToDictionary() : new Dictionary<string, long>();
        var file = store.OpenJournal(options.Scope);
        _journal = new RunJournal(file, owner, options.Settings);
        undo.Add(_journal.Dispose);
        _created = _recorded.CreatedUtc ?? file.ModifiedUtc;
        Guard("", () => _journal.Begin(_created));
        _keeper = new OutputKeeper(options.CheckpointInterval, Keep);
        undo.Keep();
    }

    /// <summary>The place that outputs go to.</summary>
    public IOutputStore Store { get; }

    /// <summary>What decides the content of the outputs.</summary>
    public RunSettings Settings => _options.Settings;

    /// <summary>The run's share of the destination.</summary>
    public string Scope => _options.Scope;

    /// <summary>What was found about the destination that its owner should know: damaged lines of the journal.</summary>
    public long DamagedJournalLines => _recorded.DamagedLines;

    /// <summary>Whether earlier runs have written to the destination.</summary>
    public bool HasHistory => _recorded.Settings.Count > 0;

    /// <summary>Outputs that are made again, because they were damaged, missing or made from inputs that have changed.</summary>
    public long Healed { get; private set; }

    /// <summary>Takes the destination for this run, and reads what its journals say.</summary>
    /// <exception cref="EgressException">It takes no files, another run has it, or it holds outputs of other settings.</exception>
    public static OutputRun Open(IOutputStore store, OutputRunOptions options)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(options);
        var owner = RunOwner.Current();
        var claim = store.Claim(owner, options.Scope);
        try
        {
            return new OutputRun(store, options, owner, claim);
        }
        catch
        {
            claim.Dispose();
            throw;
        }
    }

    /// <summary>Reserves an item's names for this run and tells what is there already.</summary>
    /// <param name="item">The item's key in the journal.</param>
    /// <param name="names">The names of its files, the one that stands for all first; none where it goes into a file of many items.</param>
    /// <param name="target">The input, for errors.</param>
    /// <param name="source">What it is made from, or null.</param>
    /// <exception cref="ItemException">
    /// A name is taken or impossible, or the output would replace its own input, another item's output or a file that no run has written.
    /// </exception>
    public OutputTicket Reserve(string item, IReadOnlyList<string> names, string target, OutputSource? source = null)
    {
        ArgumentNullException.ThrowIfNull(item);
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(target);
        if (names.Count > 0 && NameOf(target) is { } own && _recorded.IsRecorded(own))
        {
            // An earlier run has made it, and wildcards have found it: overlays of overlays would be one more each night.
            return new OutputTicket { Item = item, Names = [own], Location = Store.Locate(own), IsDone = true };
        }

        foreach (var name in names)
        {
            OutputName.Validate(name, target);
            if (Store.IsReachedBy(name, target))
            {
                throw new ItemException(
                    EgressErrorId.OutputReplacesInput,
                    EgressErrorCategory.InvalidArgument,
                    $"The output of '{target}' would replace it.",
                    "Name a folder other than the input's with -Destination.",
                    target);
            }
        }

        foreach (var name in names)
        {
            Take(name, target);
        }

        var ticket = new OutputTicket
        {
            Item = item,
            Names = names,
            Location = names.Count > 0 ? Store.Locate(names[0]) : Store.Location,
            Source = source,
        };
        try
        {
            return Decide(ticket, target);
        }
        catch (Exception error) when (StoreFault.IsOne(error))
        {
            throw StoreFault.Writing(ticket.Location, error);
        }
    }

    /// <summary>Begins the output of an item, or the common output of several.</summary>
    /// <exception cref="EgressException">The destination failed earlier.</exception>
    public OutputUnit Begin(params IReadOnlyList<OutputTicket> tickets)
    {
        ArgumentNullException.ThrowIfNull(tickets);
        _keeper.ThrowIfFailed();
        return new OutputUnit(this, tickets);
    }

    /// <summary>What the journals said of an item when the run began, or null. For the thread that reserves.</summary>
    public CommittedUnit? FindRecorded(string item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return _recorded.TryFind(item, out var unit, out _) ? unit : null;
    }

    /// <summary>How many items the journals knew when the run began.</summary>
    public int RecordedItems => _recorded.Count;

    /// <summary>Everything that the journals said when the run began. For the thread that reserves.</summary>
    public IEnumerable<CommittedUnit> Recorded() => _recorded.Units();

    /// <summary>Whether a commit's files are as the journal has them; their content is read only where it may not have reached the disk.</summary>
    /// <param name="item">An item of the commit. For the thread that reserves.</param>
    public bool IsSound(string item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return _recorded.TryFind(item, out var unit, out var isDurable) && Guard("", () => IsSound(unit, isDurable));
    }

    /// <summary>
    /// Removes a file of this run's share of the destination that is no item's. A commit whose items all have later ones may have it still: the
    /// journal says that it is gone.
    /// </summary>
    public void RemoveUnrecorded(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        Remove(new CommittedUnit { Items = [], Files = [new CommittedFile(name, 0, 0)], SettingsId = Settings.Id });
    }

    /// <summary>
    /// Removes a commit of this run's share of the destination: what the journal says of it, and then its files, which are unrecorded if the
    /// process dies in between.
    /// </summary>
    public void Remove(CommittedUnit unit)
    {
        ArgumentNullException.ThrowIfNull(unit);
        Guard("", () => _journal.RecordRemoval(unit));
        foreach (var file in unit.Files)
        {
            Guard(file.Name, () => Store.Delete(file.Name));
        }
    }

    /// <summary>The names of all files in the destination.</summary>
    public IReadOnlyList<string> ListFiles() => Guard("", () => Store.List().ToList());

    /// <summary>Everything that the journals say now, this run's own commits included.</summary>
    public IReadOnlyList<CommittedUnit> ReadCommitted() => Guard("", () =>
    {
        using var index = JournalIndex.OfItems(Store);
        return index.Units().ToList();
    });

    /// <summary>Commits a file of the whole run, which replaces one of its name.</summary>
    public void CommitShared(string name, ReadOnlySpan<byte> content)
    {
        using var unit = Begin();
        unit.Create(name).Write(content);
        unit.Commit();
    }

    /// <summary>The run has ended by itself: everything is made durable and the journal says so. Later calls do nothing.</summary>
    /// <exception cref="EgressException">Not everything has reached the disk.</exception>
    public void Complete()
    {
        if (_completed)
        {
            return;
        }

        _completed = true;
        var hasEnded = _keeper.Stop(
            () => Guard("", () =>
            {
                _journal.Checkpoint(Store);
                _journal.End(_mends);
            }),
            _options.EndTimeout);
        _keeper.ThrowIfFailed();
        if (!hasEnded)
        {
            throw new EgressException(
                EgressErrorId.StageStalled,
                EgressErrorCategory.ResourceUnavailable,
                $"Bringing the outputs in '{Store.Location}' to the disk takes more than {_options.EndTimeout!.Value.TotalSeconds:0} s.",
                "See whether the destination's file system hangs. Where it takes that long, raise -StallTimeout.",
                Store.Location);
        }
    }

    /// <summary>Gives the destination up. What was committed is made durable where that is possible still.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;

        // A checkpoint that fails here fails nobody: a next run reads what was committed since the last one, instead of believing it.
        if (!_keeper.Stop(() => Guard("", () => _journal.Checkpoint(Store)), s_patience))
        {
            // A file system that hangs would hold up every call here. The kernel gives the claim up with the process.
            return;
        }

        _journal.Dispose();
        _recorded.Dispose();
        _claim.Dispose();
    }

    /// <summary>A stage that a run was not waiting for any more must not commit into what may be another run's by now.</summary>
    internal void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);

    /// <summary>Reserves a name.</summary>
    internal void Take(string name, string target)
    {
        bool isFree;
        lock (_taking)
        {
            isFree = _taken.Add(JournalIndex.Hash(name));
        }

        if (!isFree)
        {
            throw new ItemException(
                EgressErrorId.OutputNameCollision,
                EgressErrorCategory.InvalidArgument,
                $"The output of '{target}' would be '{Store.Locate(name)}', which another input of this run has taken.",
                "Inputs with the same name need destinations of their own: run once for each input folder.",
                target);
        }
    }

    /// <summary>Reserves a name for a file of the whole run, which may be committed again and again.</summary>
    internal void TakeShared(string name)
    {
        lock (_taking)
        {
            if (_shared.Contains(name))
            {
                return;
            }

            Take(name, name);
            _shared.Add(name);
        }
    }

    /// <summary>Records a commit.</summary>
    internal void Record(CommittedUnit unit) => Guard(unit.Files.Count > 0 ? unit.Files[^1].Name : "", () => _journal.Record(unit));

    /// <summary>Makes of a store's failure the error that users meet.</summary>
    internal T Guard<T>(string name, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception error) when (StoreFault.IsOne(error))
        {
            throw StoreFault.Writing(name.Length > 0 ? Store.Locate(name) : Store.Location, error);
        }
    }

    private void Guard(string name, Action action) => Guard(name, () =>
    {
        action();
        return true;
    });

    private void Keep() => Guard("", () =>
    {
        _claim.Renew();
        _journal.Checkpoint(Store);
    });

    private bool IsResumed => _options.Mode is OutputMode.Resume or OutputMode.ResumeAndReplace;

    private bool ReplacesAll => _options.Mode is OutputMode.Replace or OutputMode.ResumeAndReplace;

    private OutputTicket Decide(OutputTicket ticket, string target)
    {
        var isRecorded = _recorded.TryFind(ticket.Item, out var unit, out var isDurable);
        var decided = Decide(ticket, target, unit, isDurable);
        if (!decided.IsDone)
        {
            RequireOwn(ticket, target, isRecorded ? unit : null);
        }

        return decided;
    }

    private OutputTicket Decide(OutputTicket ticket, string target, CommittedUnit? unit, bool isDurable)
    {
        if (_options.Mode == OutputMode.Replace)
        {
            return ticket with { Replaces = true };
        }

        if (_options.Mode == OutputMode.Keep)
        {
            var isThere = ticket.Names.Count == 0 ? unit is not null : Store.Find(ticket.Names[0]) is not null;
            return ticket with { IsDone = isThere, Recorded = unit };
        }

        if (unit?.SettingsId != Settings.Id)
        {
            // A file that a killed run committed and could not record is younger than the journal; an older one is the user's.
            var isForeign = ticket.Names.Count > 0 && Store.Find(ticket.Names[0]) is { } file && file.ModifiedUtc < _created;
            return isForeign && unit is null && !ReplacesAll ? ticket with { IsDone = true } : ticket with { Replaces = true };
        }

        if (HasChanged(ticket, unit, target) || !IsSound(unit, isDurable))
        {
            Healed++;
            return ticket with { Replaces = true, IsHealed = true, Recorded = unit };
        }

        return ticket with { IsDone = true, Recorded = unit };
    }

    /// <summary>Whether a commit's files are as the journal has them; their content is read only where it may not have reached the disk.</summary>
    private bool IsSound(CommittedUnit unit, bool isDurable) => unit.Files.All(file =>
    {
        if (Store.Find(file.Name) is not { } found || found.Bytes != file.Bytes)
        {
            return false;
        }

        if (isDurable)
        {
            return true;
        }

        using var content = Store.OpenRead(file.Name);
        return Crc32C.Of(content).Checksum == file.Checksum;
    });

    private void RequireSameSettings()
    {
        if (_options.Mode is OutputMode.Replace or OutputMode.ResumeAndReplace)
        {
            return;
        }

        var other = _recorded.Settings.FirstOrDefault(settings => settings.Id != Settings.Id && _recorded.CountOf(settings) > 0);
        if (other is not null)
        {
            var differences = string.Join(", ", Settings.DifferencesFrom(other));
            throw new EgressException(
                EgressErrorId.DestinationSettingsDiffer,
                EgressErrorCategory.InvalidArgument,
                $"'{Store.Location}' holds {_recorded.CountOf(other)} outputs of a run with other settings: {differences}.",
                "Use the same settings or another -Destination; -Force replaces outputs but those in a Zarr group, and with -Resume only those of other settings.",
                Store.Location);
        }
    }
}
