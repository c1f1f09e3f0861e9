using Egress.Output.Stores;

namespace Egress.Output.Journal;

/// <summary>
/// A run's journal. A commit's line is written when its files are in place, in one write, by any thread; so what the journal says is
/// there is there, whenever the process dies. For the machine's death there is <see cref="Checkpoint"/>.
/// </summary>
internal sealed class RunJournal(IJournalFile file, RunOwner owner, RunSettings settings) : IDisposable
{
    private readonly Lock _lock = new();
    private long _length = file.Length;
    private long _durable = file.Length;
    private bool _failed;
    private bool _disposed;

    /// <summary>Records that the run begins.</summary>
    /// <param name="created">When the destination got its first journal, by the store's clock.</param>
    public void Begin(DateTime created) => Append(JournalLine.Run(owner, settings, created));

    /// <summary>Records a commit.</summary>
    public void Record(CommittedUnit unit) => Append(JournalLine.Commit(unit));

    /// <summary>Records that a commit's files were removed.</summary>
    public void RecordRemoval(CommittedUnit unit) => Append(JournalLine.Removal(unit));

    /// <summary>
    /// Makes durable what was recorded, and then says so. Other threads may commit meanwhile; what they do is left to the next one.
    /// </summary>
    /// <param name="store">Where the files are.</param>
    public void Checkpoint(IOutputStore store)
    {
        long before;
        lock (_lock)
        {
            before = _length;
            if (before == _durable)
            {
                return;
            }
        }

        store.MakeDurable();
        var line = JournalLine.Durable(before);
        Append(line);
        lock (_lock)
        {
            file.Flush();

            // Where nothing was recorded meanwhile there is nothing for a next checkpoint.
            _durable = _length == before + line.Length ? _length : before;
        }
    }

    /// <summary>Records that the run has ended by itself.</summary>
    /// <param name="mended">Damaged lines of journals that count as mended, by scope.</param>
    public void End(IReadOnlyDictionary<string, long> mended)
    {
        Append(JournalLine.End(owner.RunId, mended));
        lock (_lock)
        {
            file.Flush();
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            file.Dispose();
        }
    }

    private void Append(byte[] line)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_failed)
            {
                throw new IOException("The journal takes no more lines: an earlier one could not be written.");
            }

            try
            {
                file.Append(line);
                _length += line.Length;
            }
            catch
            {
                _failed = true;
                throw;
            }
        }
    }
}
