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
    /// <param name="device">What computes.</param>
    public Process Start(string destination, string device = "cpu")
    {
        var command = $"Import-Module '{ModuleSession.Manifest}'; @(Invoke-SegmentationBatch -Path '{_pictures}/*.png' -Model pointwise -Device '{device}' "
            + $"-ImageSize 48 -BatchSize 4 -OutputKind Confidence -OutputFormat Png -Destination '{destination}' -Resume -ErrorAction Stop "
            + "| Where-Object Status -EQ Written).Count";

        // A shell that runs tests in the background ignores the interrupt key, and its children inherit that.
        var start = ChildShell.StartInfo(command);
        string[] inner = [start.FileName, .. start.ArgumentList];
        start.FileName = "env";
        start.ArgumentList.Clear();
        foreach (var argument in (string[])["--default-signal=INT", .. inner])
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    /// <summary>
    /// The script of the job, slow, with something that happens after its third result. It ends with the exit code of its summary, where
    /// PowerShell itself is still able to say so.
    /// </summary>
    public string Script(string destination, string before, string during) =>
        $$"""
        Import-Module '{{ModuleSession.Manifest}}'
        {{before}}
        $n = 0
        try {
            Invoke-SegmentationBatch -Path '{{_pictures}}/*.png' -Model pointwise -Device 'simulated:compute=200,copy=0,processing=200' -ImageSize 48 -BatchSize 2 -OutputKind Confidence -OutputFormat Png -Destination '{{destination}}' -Resume -SummaryVariable summary |
                ForEach-Object { if (++$n -eq 3) { {{during}} } }
        }
        catch { }
        exit $summary.ExitCode
        """;

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

    /// <summary>Waits for a moment of a job's life: any of its start, or the one at which its journal has grown so far.</summary>
    /// <param name="process">The job; what it writes is read and dropped, so that it never waits for a reader.</param>
    /// <param name="journal">Its journal.</param>
    /// <param name="target">The journal's size in bytes; 0: a moment of its start.</param>
    /// <param name="random">Chooses the moment.</param>
    /// <param name="startup">How long the start takes.</param>
    public static void WaitForMoment(Process process, FileInfo journal, long target, Random random, TimeSpan startup)
    {
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (target == 0)
        {
            process.WaitForExit(startup * random.NextDouble());
            return;
        }

        while (!process.HasExited && Length(journal) < target)
        {
            Thread.Sleep(random.Next(2));
        }
    }

    /// <summary>The length of a file that grows, or 0 where there is none yet.</summary>
    public static long Length(FileInfo file)
    {
        file.Refresh();
        return file.Exists ? file.Length : 0;
    }

    /// <summary>A number from the environment.</summary>
    public static int Setting(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

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
