using Egress.Files;

namespace Egress.Output.Stores;

/// <summary>
/// A hold on a folder: a file lock, which the kernel gives back when the process dies however it dies, and beside it a file that
/// names the owner. Where locks do not reach, between machines of some network file systems, the owner file's age decides: a living
/// owner renews it.
/// </summary>
/// <remarks>
/// A run of the whole folder locks <c>lock</c> for itself. A shard's run shares that lock and locks <c>lock-SHARD</c> for itself.
/// </remarks>
internal sealed class LocalClaim : IRunClaim
{
    private const string Lock = "lock";
    private const string OwnerPrefix = "owner";
    private const string OwnerExtension = ".json";

    /// <summary>The C library's EWOULDBLOCK, which .NET hands through.</summary>
    private const int WouldBlock = 11;

    private readonly List<FileStream> _locks;
    private readonly string _ownerPath;
    private readonly string _location;
    private readonly RunOwner _owner;

    private LocalClaim(List<FileStream> locks, string ownerPath, string location, RunOwner owner)
    {
        _locks = locks;
        _ownerPath = ownerPath;
        _location = location;
        _owner = owner;
    }

    /// <summary>How long another machine's owner is watched for a sign of life before its claim counts as a dead one's.</summary>
    internal static TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>An owner file that was not renewed for so long is a dead one's without watching.</summary>
    private static TimeSpan Staleness => Patience * 6;

    public static LocalClaim Take(string bookkeeping, string location, RunOwner owner, string scope)
    {
        var locks = new List<FileStream>();
        try
        {
            var common = Path.Combine(bookkeeping, Lock);
            if (scope.Length == 0)
            {
                locks.Add(TryLock(common, shared: false) ?? throw RunScope.InUse(location, AnyOwner(bookkeeping)));
            }
            else
            {
                locks.Add(TryLock(common, shared: true) ?? throw RunScope.InUse(location, ReadOwner(OwnerPath(bookkeeping, ""))));
                locks.Add(TryLock(common + "-" + scope, shared: false)
                    ?? throw RunScope.InUse(location, ReadOwner(OwnerPath(bookkeeping, scope))));
            }

            foreach (var other in OwnerFiles(bookkeeping).Where(path => Conflicts(path, bookkeeping, scope)))
            {
                RequireDead(other, location);
                File.Delete(other);
            }

            var ownerPath = OwnerPath(bookkeeping, scope);
            using (var file = new AtomicFile(ownerPath))
            {
                file.Stream.Write(owner.ToJson());
                file.Commit(replace: true);
            }

            return new LocalClaim(locks, ownerPath, location, owner);
        }
        catch
        {
            locks.ForEach(held => held.Dispose());
            throw;
        }
    }

    /// <inheritdoc/>
    public void Renew()
    {
        if (ReadOwner(_ownerPath)?.RunId != _owner.RunId)
        {
            throw new EgressException(
                EgressErrorId.DestinationLost,
                EgressErrorCategory.ResourceUnavailable,
                $"'{_ownerPath}', by which this run holds '{_location}', is gone or another run's.",
                "Leave the .egress folder of a -Destination alone while a run goes on, then run again with -Resume.",
                _location);
        }

        File.SetLastWriteTimeUtc(_ownerPath, DateTime.UtcNow);
    }

    public void Dispose()
    {
        try
        {
            if (ReadOwner(_ownerPath)?.RunId == _owner.RunId)
            {
                File.Delete(_ownerPath);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _owner.MarkEnded();
        }

        _locks.ForEach(held => held.Dispose());
    }

    /// <summary>Locks a file; null where another run has it.</summary>
    private static FileStream? TryLock(string path, bool shared)
    {
        RegularFile.RequireOrdinary(path);
        try
        {
            // .NET makes of the sharing mode a lock of the whole file by flock.
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, shared ? FileShare.ReadWrite : FileShare.None);
        }
        catch (IOException error) when (error.HResult == WouldBlock)
        {
            return null;
        }
    }

    private static string OwnerPath(string bookkeeping, string scope) =>
        Path.Combine(bookkeeping, OwnerPrefix + (scope.Length == 0 ? "" : "-" + scope) + OwnerExtension);

    private static IEnumerable<string> OwnerFiles(string bookkeeping) =>
        Directory.EnumerateFiles(bookkeeping, OwnerPrefix + "*" + OwnerExtension).Order(StringComparer.Ordinal);

    private static bool Conflicts(string ownerFile, string bookkeeping, string scope) => RunScope.Conflict(
        scope, ownerFile[(bookkeeping.Length + 1 + OwnerPrefix.Length)..^OwnerExtension.Length].TrimStart('-'));

    private static RunOwner? AnyOwner(string bookkeeping) =>
        OwnerFiles(bookkeeping).Select(ReadOwner).FirstOrDefault(owner => owner is not null);

    private static RunOwner? ReadOwner(string path)
    {
        RegularFile.RequireOrdinary(path);
        try
        {
            return RunOwner.FromJson(File.ReadAllBytes(path));
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Throws where the owner of a file whose lock is free lives nevertheless.</summary>
    private static void RequireDead(string ownerFile, string location)
    {
        if (ReadOwner(ownerFile) is not { } owner)
        {
            return;
        }

        switch (owner.IsAlive())
        {
            case true:
                // Locks are switched off, or the file system has none.
                throw RunScope.InUse(location, owner);
            case null when !owner.IsOfThisBoot && ShowsLife(ownerFile):
                throw RunScope.InUse(location, owner);
        }
    }

    private static bool ShowsLife(string ownerFile)
    {
        var first = File.GetLastWriteTimeUtc(ownerFile);
        if (DateTime.UtcNow - first > Staleness)
        {
            return false;
        }

        var end = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        while (Environment.TickCount64 < end)
        {
            Thread.Sleep(TimeSpan.FromMilliseconds(Math.Min(500, Patience.TotalMilliseconds / 10)));
            if (File.GetLastWriteTimeUtc(ownerFile) != first)
            {
                return true;
            }
        }

        return false;
    }
}
