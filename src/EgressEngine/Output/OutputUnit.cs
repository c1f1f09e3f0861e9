using Egress.Output.Journal;
using Egress.Output.Stores;

namespace Egress.Output;

/// <summary>
/// The files of one or more items, which become final together. One thread uses it. Disposed uncommitted, it leaves nothing.
/// </summary>
public sealed class OutputUnit : IDisposable
{
    private readonly OutputRun _run;
    private readonly IReadOnlyList<OutputTicket> _tickets;
    private readonly List<(string Name, IPendingFile File, OutputStream Stream)> _files = [];

    internal OutputUnit(OutputRun run, IReadOnlyList<OutputTicket> tickets)
    {
        _run = run;
        _tickets = tickets;
    }

    /// <summary>Begins one of the unit's files.</summary>
    /// <param name="name">One of its tickets' names, or another that no output of the run has.</param>
    /// <returns>Takes the content, forwards only; there is no need to dispose it.</returns>
    /// <exception cref="EgressException">The destination takes no file, or the name is taken.</exception>
    public Stream Create(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!_tickets.Any(ticket => ticket.Names.Contains(name, StringComparer.Ordinal)))
        {
            OutputName.Validate(name, name);
            _run.TakeShared(name);
        }

        var file = _run.Guard(name, () => _run.Store.Create(name, _run.Scope));
        var stream = new OutputStream(file.Stream, _run.Store.Locate(name));
        _files.Add((name, file, stream));
        return stream;
    }

    /// <summary>Makes all files final and records them. The first name of the first ticket comes last: where it is, all are.</summary>
    /// <param name="notes">What the workload wants to find in the journal again, or null.</param>
    /// <returns>The files' size in bytes, or null where a file of that first name exists and is kept: nothing was committed then.</returns>
    /// <exception cref="EgressException">Writing failed.</exception>
    public long? Commit(IReadOnlyDictionary<string, string>? notes = null)
    {
        _run.ThrowIfDisposed();
        var first = _tickets.Count > 0 && _tickets[0].Names.Count > 0 ? _tickets[0].Names[0] : null;
        var replaces = _tickets.Count == 0 || _tickets[0].Replaces;
        if (first is not null && !replaces && _run.Guard(first, () => _run.Store.Find(first)) is not null)
        {
            return null;
        }

        foreach (var (name, file, _) in _files.OrderBy(file => file.Name == first))
        {
            if (!_run.Guard(name, () => file.Commit(replaces || name != first)))
            {
                return null;
            }
        }

        _run.Record(new CommittedUnit
        {
            Items = [.. _tickets.Select(ticket => new CommittedItem(ticket.Item, ticket.Source))],
            Files = [.. _files.Select(file => new CommittedFile(file.Name, file.Stream.Written, file.Stream.Checksum))],
            SettingsId = _run.Settings.Id,
            Notes = notes ?? new Dictionary<string, string>(),
        });
        return _files.Sum(file => file.Stream.Written);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, file, _) in _files)
        {
            file.Dispose();
        }

        _files.Clear();
    }
}
