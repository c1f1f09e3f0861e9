using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Egress.Cmdlets.Tests.Reliability;

/// <summary>A scheduled job over some pictures, in a process of its own: the same command each time, with -Resume.</summary>
internal sealed class ResumableJob
{
    private readonly string _pictures;

    /// <param name="pictures">A folder of PNG pictures.</param>
    public ResumableJob(string pictures) => _pictures = pictures;

    /// <summary>Writes pictures to work on: the masks of random ones, which are PNG files like others.</summary>
    public static void WritePictures(string folder, int count) => ChildShell.Run(
        $"Import-Module '{ModuleSession.Manifest}'; $null = Invoke-SegmentationBatch -Synthetic {count} -Model pointwise -Device cpu "
        + $"-ImageSize 48 -BatchSize 16 -Destination '{folder}'");

    /// <summary>Starts the job. It gives the number of pictures that it wrote.</summary>
    /// <param name="destination">Where the outputs go; two files a picture.</param>
    /// <param name="more">More parameters.</param>
    public Process Start(string destination, string more = "")
    {
        var command = $"Import-Module '{ModuleSession.Manifest}'; @(Invoke-SegmentationBatch -Path '{_pictures}/*.png' -Model pointwise -Device cpu "
            + $"-ImageSize 48 -BatchSize 4 -OutputKind Confidence -OutputFormat Png -Destination '{destination}' -Resume -ErrorAction Stop {more} "
            + "| Where-Object Status -EQ Written).Count";
        return ChildShell.Start(command);
    }

    /// <summary>Runs the job to its end.</summary>
    /// <returns>How many pictures it wrote.</returns>
    public int Run(string destination)
    {
        using var process = Start(destination);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"exit code {process.ExitCode}: {error.Result}{output}");
        return int.Parse(output, CultureInfo.InvariantCulture);
    }

    /// <summary>How often each item is in a destination's journal.</summary>
    public static Dictionary<string, int> CommitCounts(string destination)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines(JournalPath(destination)))
        {
            using var document = JsonDocument.Parse(line);
            if (document.RootElement.TryGetProperty("commit", out var commit))
            {
                foreach (var item in commit.GetProperty("items").EnumerateArray())
                {
                    var key = item.GetProperty("key").GetString()!;
                    counts[key] = counts.GetValueOrDefault(key) + 1;
                }
            }
        }

        return counts;
    }

    public static string JournalPath(string destination) => Path.Combine(destination, ".egress", "journal.jsonl");

    /// <summary>Fails the test unless a destination is what another is, byte for byte, with nothing beside it.</summary>
    public static void AssertSame(string expected, string actual)
    {
        Assert.Equal(Names(expected), Names(actual));
        foreach (var name in Names(expected).Where(name => !name.StartsWith(".egress", StringComparison.Ordinal)))
        {
            Assert.True(
                File.ReadAllBytes(Path.Combine(expected, name)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(actual, name))),
                $"{name} differs");
        }
    }

    private static string[] Names(string folder) =>
    [
        .. Directory.EnumerateFileSystemEntries(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Select(path => Path.GetRelativePath(folder, path)).Order(StringComparer.Ordinal),
    ];
}
