using System.Collections.Concurrent;

namespace Egress.Output.Stores.Objects;

/// <summary>
/// A destination in an object store. What a folder does by renaming, an object store does by itself: an object appears when it is
/// stored, whole. Bookkeeping lies under <c>.egress/</c> there too.
/// </summary>
public sealed class ObjectStore : IOutputStore
{
    private const string JournalName = "journal";

    private readonly IObjectStorage _storage;
    private readonly ObjectLocation _location;
    private readonly Lock _lock = new();

    // Uploads that killed runs have left, by key: a shard's run removes those of its own objects, whose names it learns one by one.
    private readonly ConcurrentDictionary<string, List<string>> _abandoned = new(StringComparer.Ordinal);
    private Dictionary<string, StoredFile>? _known;

    /// <param name="storage">The object store; this store disposes it.</param>
    /// <param name="location">The place in it.</param>
    public ObjectStore(IObjectStorage storage, ObjectLocation location)
    {
        ArgumentNullException.ThrowIfNull(storage);
        ArgumentNullException.ThrowIfNull(location);
        _storage = storage;
        _location = location;
    }

    /// <inheritdoc/>
    public string Location => _location.ToString();

    private string BookkeepingPrefix => Key(IOutputStore.Bookkeeping + "/");

    /// <inheritdoc/>
    public string Locate(string name) => $"{ObjectLocation.Scheme}{_location.Bucket}/{Key(name)}";

    /// <inheritdoc/>
    public IPendingFile Create(string name, string scope)
    {
        var key = Key(name);
        if (_abandoned.TryRemove(key, out var uploads))
        {
            uploads.ForEach(upload => _storage.AbortUpload(key, upload));
        }

        return new ObjectPendingFile(this, name, new ObjectWriteStream(_storage, key));
    }

    /// <summary>
    /// What is known of an object. The first call asks for all of them, a thousand at a request: asking for each picture's by itself
    /// would cost more than many a picture's computation.
    /// </summary>
    public StoredFile? Find(string name)
    {
        lock (_lock)
        {
            _known ??= _storage.List(Key("")).Where(found => !IsBookkeeping(found.Key)).ToDictionary(
                found => found.Key[_location.Prefix.Length..], found => new StoredFile(found.Bytes, found.ModifiedUtc), StringComparer.Ordinal);
            return _known.TryGetValue(name, out var file) ? file : null;
        }
    }

    /// <inheritdoc/>
    public Stream OpenRead(string name) => _storage.OpenRead(Key(name));

    /// <inheritdoc/>
    public void Delete(string name)
    {
        _storage.Delete(Key(name));
        lock (_lock)
        {
            _known?.Remove(name);
        }
    }

    /// <inheritdoc/>
    public IEnumerable<string> List() =>
        _storage.List(Key("")).Where(found => !IsBookkeeping(found.Key)).Select(found => found.Key[_location.Prefix.Length..]);

    /// <inheritdoc/>
    public IRunClaim Claim(RunOwner owner, string scope)
    {
        try
        {
            return ObjectClaim.Take(_storage, BookkeepingPrefix, Location, owner, scope);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(error);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> JournalScopes() =>
    [
        .. _storage.List(BookkeepingPrefix + JournalName)
            .Select(found => found.Key[BookkeepingPrefix.Length..].Split('/')[0])
            .Distinct()
            .Where(name => name == JournalName || name.StartsWith(JournalName + "-", StringComparison.Ordinal))
            .Select(name => name == JournalName ? "" : name[(JournalName.Length + 1)..])
            .Order(StringComparer.Ordinal),
    ];

    /// <inheritdoc/>
    public IJournalFile OpenJournal(string scope)
    {
        try
        {
            return new ObjectJournalFile(_storage, JournalPrefix(scope));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(error);
        }
    }

    /// <inheritdoc/>
    public Stream? ReadJournal(string scope) => ObjectJournalFile.Read(_storage, JournalPrefix(scope));

    /// <inheritdoc/>
    public void DiscardPending(string scope)
    {
        try
        {
            foreach (var (key, upload) in _storage.Uploads(Key("")).ToList())
            {
                if (scope.Length == 0)
                {
                    _storage.AbortUpload(key, upload);
                }
                else
                {
                    _abandoned.GetOrAdd(key, _ => []).Add(upload);
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(error);
        }
    }

    /// <summary>Nothing: an object that is stored outlives any machine of ours.</summary>
    public void MakeDurable()
    {
    }

    /// <inheritdoc/>
    public void Dispose() => _storage.Dispose();

    /// <summary>An object was stored by this run.</summary>
    internal void Committed(string name, long bytes)
    {
        lock (_lock)
        {
            if (_known is not null)
            {
                _known[name] = new StoredFile(bytes, DateTime.UtcNow);
            }
        }
    }

    private string Key(string name) => _location.Prefix + name;

    private bool IsBookkeeping(string key) => key.StartsWith(BookkeepingPrefix, StringComparison.Ordinal);

    private string JournalPrefix(string scope) => BookkeepingPrefix + JournalName + (scope.Length == 0 ? "" : "-" + scope) + "/";

    private EgressException NotWritable(Exception error) => new(
        EgressErrorId.DestinationNotWritable,
        error is UnauthorizedAccessException ? EgressErrorCategory.PermissionDenied : EgressErrorCategory.WriteError,
        $"'{Location}' takes no objects: {error.Message}",
        "Name a -Destination that these credentials may list, read, write and delete in.",
        Location,
        error);
}
