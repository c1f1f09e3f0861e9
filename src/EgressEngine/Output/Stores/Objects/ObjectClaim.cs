namespace Egress.Output.Stores.Objects;

/// <summary>
/// A hold on a place in an object store: an object that names the owner, stored on the condition that none is there, and renewed while
/// the owner lives. There are no locks: a dead owner of this machine is known by its process, another by its object's age.
/// </summary>
internal sealed class ObjectClaim : IRunClaim
{
    private const string OwnerPrefix = "owner";
    private const string OwnerExtension = ".json";

    private static readonly TimeSpan s_staleness = TimeSpan.FromHours(3);

    private readonly IObjectStorage _storage;
    private readonly string _key;
    private readonly string _location;
    private readonly RunOwner _owner;

    private ObjectClaim(IObjectStorage storage, string key, string location, RunOwner owner)
    {
        _storage = storage;
        _key = key;
        _location = location;
        _owner = owner;
    }

    /// <summary>How long another machine's owner is watched for a sign of life before its claim counts as a dead one's.</summary>
    internal static TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(20);

    public static ObjectClaim Take(IObjectStorage storage, string bookkeeping, string location, RunOwner owner, string scope)
    {
        var key = bookkeeping + OwnerPrefix + (scope.Length == 0 ? "" : "-" + scope) + OwnerExtension;
        foreach (var other in Conflicting(storage, bookkeeping, scope))
        {
            if (Living(storage, other) is { } living)
            {
                throw RunScope.InUse(location, living);
            }

            storage.Delete(other.Key);
        }

        // Refused for this run's own object is an attempt whose first answer was lost.
        if (!Store(storage, key, owner, replace: false) && Read(storage, key) is var holder && holder?.RunId != owner.RunId)
        {
            throw RunScope.InUse(location, holder);
        }

        // A store that knows no conditions has let the last of two that came at once win, and claims of other scopes are other
        // objects: whoever finds another one now gives way.
        var claim = new ObjectClaim(storage, key, location, owner);
        if (Read(storage, key) is { } winner && winner.RunId != owner.RunId)
        {
            throw RunScope.InUse(location, winner);
        }

        foreach (var other in Conflicting(storage, bookkeeping, scope).Where(other => other.Key != key))
        {
            claim.Dispose();
            throw RunScope.InUse(location, Read(storage, other.Key));
        }

        return claim;
    }

    /// <inheritdoc/>
    public void Renew()
    {
        if (Read(_storage, _key)?.RunId != _owner.RunId)
        {
            throw new EgressException(
                EgressErrorId.DestinationLost,
                EgressErrorCategory.ResourceUnavailable,
                $"The object by which this run holds '{_location}' is gone or another run's.",
                "Leave what is under .egress/ in a -Destination alone while a run goes on, then run again with -Resume.",
                _location);
        }

        _ = Store(_storage, _key, _owner, replace: true);
    }

    public void Dispose()
    {
        try
        {
            if (Read(_storage, _key)?.RunId == _owner.RunId)
            {
                _storage.Delete(_key);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or EgressException)
        {
            _owner.MarkEnded();
        }
    }

    private static List<StoredObject> Conflicting(IObjectStorage storage, string bookkeeping, string scope) =>
    [
        .. storage.List(bookkeeping + OwnerPrefix).Where(found =>
            RunScope.Conflict(scope, found.Key[(bookkeeping.Length + OwnerPrefix.Length)..^OwnerExtension.Length].TrimStart('-'))),
    ];

    /// <summary>The owner that an object names, where it lives; null where it is dead.</summary>
    private static RunOwner? Living(IObjectStorage storage, StoredObject found)
    {
        if (Read(storage, found.Key) is not { } owner)
        {
            return null;
        }

        return owner.IsAlive() switch
        {
            true => owner,
            false => null,
            null => ShowsLife(storage, found) ? owner : null,
        };
    }

    private static bool ShowsLife(IObjectStorage storage, StoredObject found)
    {
        // The store's clock and this machine's may differ, though not by hours.
        if (DateTime.UtcNow - found.ModifiedUtc > s_staleness)
        {
            return false;
        }

        var end = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        while (Environment.TickCount64 < end)
        {
            Thread.Sleep(TimeSpan.FromMilliseconds(Math.Min(1000, Patience.TotalMilliseconds / 10)));
            if (storage.Find(found.Key) is not { } now)
            {
                return false;
            }

            if (now.ModifiedUtc != found.ModifiedUtc)
            {
                return true;
            }
        }

        return false;
    }

    private static bool Store(IObjectStorage storage, string key, RunOwner owner, bool replace)
    {
        using var content = new MemoryStream(owner.ToJson());
        return storage.Put(key, content, replace);
    }

    private static RunOwner? Read(IObjectStorage storage, string key)
    {
        try
        {
            using var content = storage.OpenRead(key);
            using var copy = new MemoryStream();
            content.CopyTo(copy);
            return RunOwner.FromJson(copy.ToArray());
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }
}
