using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Enumeration;
using System.Runtime.InteropServices;
using Egress.Files;
using Egress.Runtime;
using Microsoft.Win32.SafeHandles;

namespace Egress.Output.Stores;

/// <summary>
/// A folder of the file system. A file is written under <c>.egress/partial</c> and renamed, so that it appears whole; links below
/// the destination are not followed, so that nothing is written outside it.
/// </summary>
public sealed class LocalStore : IOutputStore
{
    private const string Partial = "partial";
    private const string JournalName = "journal";
    private const string JournalExtension = ".jsonl";

    private static long s_counter;
    private readonly string _bookkeeping;

    // Open as long as the store is: the kernel tells each open file of the write errors since it was opened.
    private readonly SafeFileHandle? _folder;

    // Folders that are known to be there and no links.
    private readonly ConcurrentDictionary<string, bool> _folders = new(StringComparer.Ordinal);

    /// <summary>Makes the folder if need be.</summary>
    /// <param name="path">Full path of the folder.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.DestinationNotWritable"/>.</exception>
    public LocalStore(string path)
        : this(path, create: true)
    {
    }

    private LocalStore(string path, bool create)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Location = path;
        _bookkeeping = Path.Combine(path, IOutputStore.Bookkeeping);
        if (!create)
        {
            return;
        }

        if (FileOnTheWay(path) is { } file)
        {
            throw StoreFault.Opening(path, new IOException($"'{file}' is a file, not a folder."));
        }

        try
        {
            Directory.CreateDirectory(_bookkeeping);
            RequireNoLink(_bookkeeping);

            _folder = Libc.OpenFolder(_bookkeeping);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw StoreFault.Opening(path, error);
        }
    }

    /// <inheritdoc/>
    public string Location { get; }

    /// <summary>Opens a folder to look at it: nothing in it is changed.</summary>
    public static LocalStore ForReading(string path) => new(path, create: false);

    /// <inheritdoc/>
    public string Locate(string name) => Path.Combine(Location, name);

    /// <inheritdoc/>
    public bool IsReachedBy(string name, string path)
    {
        var output = Locate(name);
        return string.Equals(output, path, StringComparison.Ordinal) || RegularFile.IsReachedBy(output, path);
    }

    /// <inheritdoc/>
    public IPendingFile Create(string name, string scope)
    {
        var number = Interlocked.Increment(ref s_counter);
        var partial = Path.Combine(
            PartialFolder(scope), string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}-{number}"));
        return new LocalPendingFile(this, name, partial);
    }

    /// <inheritdoc/>
    public StoredFile? Find(string name)
    {
        var file = new FileInfo(Locate(name));
        return file.Exists ? new StoredFile(file.Length, file.LastWriteTimeUtc) : null;
    }

    /// <inheritdoc/>
    public Stream OpenRead(string name) => new FileStream(
        Locate(name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);

    /// <inheritdoc/>
    public void Delete(string name)
    {
        try
        {
            // A link is removed itself, not what it leads to.
            File.Delete(Locate(name));
        }
        catch (DirectoryNotFoundException)
        {
        }
    }

    /// <inheritdoc/>
    public IEnumerable<string> List()
    {
        // Links are listed as what they are named, not followed.
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = false };
        var files = new FileSystemEnumerable<string>(
            Location, (ref entry) => Path.GetRelativePath(Location, entry.ToFullPath()), options)
        {
            ShouldIncludePredicate = (ref entry) => !entry.IsDirectory || IsLink(entry.Attributes),
            ShouldRecursePredicate = (ref entry) =>
                !IsLink(entry.Attributes)
                && !(entry.Directory.SequenceEqual(entry.RootDirectory) && entry.FileName is IOutputStore.Bookkeeping),
        };
        return files;
    }

    /// <inheritdoc/>
    public IRunClaim Claim(RunOwner owner, string scope)
    {
        try
        {
            return LocalClaim.Take(_bookkeeping, Location, owner, scope);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StoreFault.Opening(Location, error);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> JournalScopes() => !Directory.Exists(_bookkeeping)
        ? []
        : [.. Directory.EnumerateFiles(_bookkeeping, JournalName + "*" + JournalExtension)
            .Select(Path.GetFileNameWithoutExtension)
            .Where(name => name == JournalName || name!.StartsWith(JournalName + "-", StringComparison.Ordinal))
            .Select(name => name == JournalName ? "" : name![(JournalName.Length + 1)..])
            .Order(StringComparer.Ordinal)];

    /// <inheritdoc/>
    public IJournalFile OpenJournal(string scope)
    {
        try
        {
            RegularFile.RequireOrdinary(JournalPath(scope));
            return new LocalJournalFile(JournalPath(scope));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StoreFault.Opening(Location, error);
        }
    }

    /// <inheritdoc/>
    public Stream? ReadJournal(string scope)
    {
        try
        {
            RegularFile.RequireOrdinary(JournalPath(scope));
        }
        catch (IOException error)
        {
            throw StoreFault.Opening(Location, error);
        }

        try
        {
            return new FileStream(JournalPath(scope), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void DiscardPending(string scope)
    {
        var folder = PartialFolder(scope);
        try
        {
            Directory.CreateDirectory(folder);
            RequireNoLink(folder);
            foreach (var file in Directory.EnumerateFiles(folder))
            {
                File.Delete(file);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StoreFault.Opening(Location, error);
        }
    }

    /// <inheritdoc/>
    public void MakeDurable()
    {
        if (Libc.SyncFileSystem(_folder!) is var error and not 0)
        {
            throw new IOException($"Outputs could not be brought to the disk: {Marshal.GetPInvokeErrorMessage(error)}.", error);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _folder?.Dispose();

    /// <summary>Makes the folders above a name, none of which may be a link.</summary>
    internal void EnsureParent(string name)
    {
        for (var end = name.IndexOf('/', StringComparison.Ordinal); end >= 0; end = name.IndexOf('/', end + 1))
        {
            var folder = Locate(name[..end]);
            if (_folders.ContainsKey(folder))
            {
                continue;
            }

            // A destination that is gone is not made again: what is in it would be less than the journal says.
            if (!Directory.Exists(_bookkeeping))
            {
                throw new DirectoryNotFoundException($"'{_bookkeeping}' is gone.");
            }

            RequireFolder(name, folder);
            _folders[folder] = true;
        }
    }

    /// <summary>Throws where a file could not get its name because of what has it: that is the file's own misfortune, not the run's.</summary>
    internal void RequireFree(string name)
    {
        var path = Locate(name);
        if (new FileInfo(path).LinkTarget is not null)
        {
            throw Occupied(name, "a link has that name");
        }

        if (Directory.Exists(path))
        {
            throw Occupied(name, "a folder has that name");
        }
    }

    private void RequireFolder(string name, string folder)
    {
        if (!Directory.Exists(folder) && (File.Exists(folder) || new FileInfo(folder).LinkTarget is not null))
        {
            throw Occupied(name, $"'{folder}' is no folder");
        }

        Directory.CreateDirectory(folder);
        if (new DirectoryInfo(folder).LinkTarget is not null)
        {
            throw Occupied(name, $"'{folder}' is a link, which may lead out of the destination");
        }
    }

    private ItemException Occupied(string name, string problem) => new(
        EgressErrorId.OutputNameInvalid,
        EgressErrorCategory.InvalidArgument,
        $"'{Locate(name)}' cannot be written: {problem}.",
        "Remove what stands there, or name another -Destination.",
        Locate(name));

    /// <summary>The file that stands where a folder, or one above it, would have to be; null where none does.</summary>
    private static string? FileOnTheWay(string path)
    {
        string? at = path;
        while (at is not null && !File.Exists(at) && !Directory.Exists(at))
        {
            at = Path.GetDirectoryName(at);
        }

        return at is not null && File.Exists(at) ? at : null;
    }

    private static void RequireNoLink(string folder)
    {
        if (new DirectoryInfo(folder).LinkTarget is not null)
        {
            throw new IOException($"'{folder}' is a link.");
        }
    }

    private static bool IsLink(FileAttributes attributes) => (attributes & FileAttributes.ReparsePoint) != 0;

    private static string Suffix(string scope) => scope.Length == 0 ? "" : "-" + scope;

    private string PartialFolder(string scope) => Path.Combine(_bookkeeping, Partial + Suffix(scope));

    private string JournalPath(string scope) => Path.Combine(_bookkeeping, JournalName + Suffix(scope) + JournalExtension);
}
