namespace Egress.Output.Stores;

/// <summary>
/// A place that outputs are committed to: a folder, or something that behaves like one. Names are relative, parted by
/// <c>/</c> and checked by <see cref="OutputName"/>; parents are the store's business. All members but <see cref="Claim"/> and
/// <see cref="DiscardPending"/> may be called from any thread.
/// </summary>
/// <remarks>
/// A scope is a run's share of a destination: empty for a run that has all of it, or a shard's name. Claims, journals and pending
/// files belong to a scope. A store keeps its bookkeeping under <see cref="Bookkeeping"/>, where no output can be.
/// Failures come as <see cref="IOException"/>, <see cref="UnauthorizedAccessException"/> or <see cref="EgressException"/>.
/// </remarks>
public interface IOutputStore : IDisposable
{
    /// <summary>The folder in a destination that holds what is no output.</summary>
    const string Bookkeeping = ".egress";

    /// <summary>What the store is of: a folder's full path, or a URI.</summary>
    string Location { get; }

    /// <summary>Full path or URI of a name.</summary>
    string Locate(string name);

    /// <summary>Whether the file of a name, if there is one, is the very file that a path leads to.</summary>
    bool IsReachedBy(string name, string path) => string.Equals(Locate(name), path, StringComparison.Ordinal);

    /// <summary>Begins a file that nobody sees under its name until it is committed.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="scope">The scope that it is written in.</param>
    IPendingFile Create(string name, string scope);

    /// <summary>What is known of a stored file without reading it; null where there is none.</summary>
    StoredFile? Find(string name);

    /// <summary>Opens a stored file for reading.</summary>
    Stream OpenRead(string name);

    /// <summary>Removes a stored file; where there is none it does nothing. Only with the claim of the run that may write it.</summary>
    void Delete(string name);

    /// <summary>The names of all files but the bookkeeping, in no order.</summary>
    IEnumerable<string> List();

    /// <summary>Takes the destination, or a shard's share of it, for one run.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.DestinationInUse"/>, which names the other run's process.</exception>
    IRunClaim Claim(RunOwner owner, string scope);

    /// <summary>The scopes that have a journal.</summary>
    IReadOnlyList<string> JournalScopes();

    /// <summary>Opens a scope's journal for appending, or makes it; only with the scope's claim.</summary>
    IJournalFile OpenJournal(string scope);

    /// <summary>Opens a scope's journal for reading, as it is now; the stream can seek. Null where there is none.</summary>
    Stream? ReadJournal(string scope);

    /// <summary>Removes what killed runs of a scope have left unfinished; only with the scope's claim.</summary>
    void DiscardPending(string scope);

    /// <summary>Returns once everything that was committed before the call would outlive the machine.</summary>
    void MakeDurable();
}
