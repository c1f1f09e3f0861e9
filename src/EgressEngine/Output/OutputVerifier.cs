using System.Collections.Concurrent;
using System.Globalization;
using Egress.Output.Journal;
using Egress.Output.Stores;

namespace Egress.Output;

/// <summary>Holds a destination against its journals, changing nothing.</summary>
public sealed class OutputVerifier
{
    private readonly IOutputStore _store;
    private readonly bool _readsContent;
    private readonly ConcurrentBag<OutputProblem> _problems = [];
    private long _checked;
    private long _bytes;

    /// <param name="store">The destination.</param>
    /// <param name="readsContent">Whether to read every file and compare its checksum, or only look at its size.</param>
    public OutputVerifier(IOutputStore store, bool readsContent = true)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
        _readsContent = readsContent;
    }

    /// <summary>Files looked at so far.</summary>
    public long Checked => Interlocked.Read(ref _checked);

    /// <summary>Files to look at; 0 until the journals are read.</summary>
    public long Total { get; private set; }

    /// <summary>Looks at all files, several at once.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.JournalMissing"/> or <see cref="EgressErrorId.JournalUnsupported"/>.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public OutputVerification Verify(CancellationToken cancellationToken = default)
    {
        using var index = JournalIndex.OfFiles(_store);
        if (index.Journals == 0)
        {
            throw new EgressException(
                EgressErrorId.JournalMissing,
                EgressErrorCategory.ObjectNotFound,
                $"'{_store.Location}' has no journal.",
                "Name the -Destination of a run, as that run was given it.",
                _store.Location);
        }

        Total = index.Count;
        var recorded = new HashSet<string>(StringComparer.Ordinal);
        var options = new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount };

        // One file after the other from the journals, which one thread reads; a partitioner that takes many would hold them all.
        var files = Partitioner.Create(Recorded(index, recorded), EnumerablePartitionerOptions.NoBuffering);
        Parallel.ForEach(files, options, file => Check(file.File, file.Source, cancellationToken));
        FindUnrecorded(recorded, cancellationToken);
        return new OutputVerification
        {
            Destination = _store.Location,
            Files = recorded.Count,
            Bytes = _bytes,
            IsContentRead = _readsContent,
            DamagedJournalLines = index.DamagedLines,
            Runs = index.Runs,
            UnfinishedRuns = index.Runs - index.EndedRuns,
            SettingsCount = index.Settings.Count(settings => index.CountOf(settings) > 0),
            // An array, because scripts index it, which PowerShell cannot do with the compiler's own read-only lists.
            Problems = _problems.OrderBy(problem => problem.Path, StringComparer.Ordinal).ToArray(),
        };
    }

    private static IEnumerable<(CommittedFile File, string? Source)> Recorded(JournalIndex index, HashSet<string> recorded)
    {
        foreach (var unit in index.Units())
        {
            foreach (var file in unit.Files)
            {
                // A file that a later commit replaced is as that one has it.
                if (!recorded.Contains(file.Name) && index.TryFind(file.Name, out var last, out _))
                {
                    recorded.Add(file.Name);
                    yield return (last.Files.First(other => other.Name == file.Name), last.Items is [var item] ? item.Source?.Path : null);
                }
            }
        }
    }

    private void Check(CommittedFile file, string? source, CancellationToken cancellationToken)
    {
        try
        {
            if (_store.Find(file.Name) is not { } found)
            {
                Report(file.Name, OutputFinding.Missing, source, "");
            }
            else if (found.Bytes != file.Bytes)
            {
                Report(file.Name, OutputFinding.Damaged, source, string.Create(
                    CultureInfo.InvariantCulture, $"{found.Bytes} bytes instead of {file.Bytes}"));
            }
            else if (_readsContent && Read(file.Name, cancellationToken) is var sum && sum != file.Checksum)
            {
                Report(file.Name, OutputFinding.Damaged, source, string.Create(
                    CultureInfo.InvariantCulture, $"CRC-32C {sum:x8} instead of {file.Checksum:x8}"));
            }
            else
            {
                Interlocked.Add(ref _bytes, file.Bytes);
            }
        }
        catch (Exception error) when (StoreFault.IsOne(error))
        {
            Report(file.Name, OutputFinding.Unreadable, source, error.Message);
        }

        Interlocked.Increment(ref _checked);
    }

    private uint Read(string name, CancellationToken cancellationToken)
    {
        using var content = _store.OpenRead(name);
        return Crc32C.Of(content, cancellationToken).Checksum;
    }

    private void FindUnrecorded(HashSet<string> recorded, CancellationToken cancellationToken)
    {
        foreach (var name in _store.List())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!recorded.Contains(name))
            {
                Report(name, OutputFinding.Unrecorded, null, "");
            }
        }
    }

    private void Report(string name, OutputFinding finding, string? source, string detail) =>
        _problems.Add(new OutputProblem(_store.Locate(name), finding, source, detail));
}
