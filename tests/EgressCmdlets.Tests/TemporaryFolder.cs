namespace Egress.Cmdlets.Tests;

/// <summary>A folder of a test's own, removed at its end.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder() => FullPath = Directory.CreateTempSubdirectory("egress-test-").FullName;

    public string FullPath { get; }

    public static implicit operator string(TemporaryFolder folder) => folder.FullPath;

    /// <summary>A path in the folder.</summary>
    public string this[string name] => Path.Combine(FullPath, name);

    /// <summary>The names of all files below the folder, hidden ones too, but not a destination's journal and lock.</summary>
    public IReadOnlyList<string> Files() =>
    [
        .. Directory.EnumerateFiles(FullPath, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
            .Select(path => Path.GetRelativePath(FullPath, path))
            .Where(path => !path.EndsWith(".egress/journal.jsonl", StringComparison.Ordinal) && !path.EndsWith(".egress/lock", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    public void Dispose() => Directory.Delete(FullPath, recursive: true);
}
