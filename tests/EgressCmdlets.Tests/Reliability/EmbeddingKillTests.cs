using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Egress.Cmdlets.Tests.Reliability;

/// <summary>
/// Embedding into files and a database, killed at random moments and started again. <c>EGRESS_KILLS=200</c> makes a long test of it;
/// <c>EGRESS_KILL_SEED</c> repeats one.
/// </summary>
public sealed class EmbeddingKillTests(ITestOutputHelper output) : IDisposable
{
    private const int SequenceCount = 600;
    private const int BatchSize = 8;
    private const string Files = "Npy";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Npy")]
    [InlineData("DuckDb")]
    public void However_often_a_job_is_killed_each_sequence_is_there_once(string format)
    {
        var kills = ResumableJob.Setting("EGRESS_KILLS", 6);
        var seed = ResumableJob.Setting("EGRESS_KILL_SEED", Environment.TickCount);
        var random = new Random(seed);
        var clock = Stopwatch.StartNew();
        Assert.Equal($"{SequenceCount}\n", ChildShell.Run(Job(_folder["undisturbed"], format)));
        var duration = clock.Elapsed;

        var done = 0;
        var between = 0;
        for (var destination = 0; done < kills; destination++)
        {
            var folder = _folder[$"killed {destination}"];
            for (var left = Math.Min(random.Next(1, 4), kills - done); left > 0; left--, done++)
            {
                KillOnce(folder, format, random, duration);
                between += Ids(folder, format).Count is > 0 and < SequenceCount ? 1 : 0;
            }

            ChildShell.Run(Job(folder, format));
            var ids = Ids(folder, format);
            Assert.True(ids.Count == SequenceCount, $"{ids.Count} rows in destination {destination} of seed {seed}.");
            Assert.True(
                Enumerable.Range(0, SequenceCount).Select(index => string.Create(CultureInfo.InvariantCulture, $"synthetic-{index:D6}")).ToHashSet().SetEquals(ids),
                $"A sequence is missing in destination {destination} of seed {seed}.");
            if (format == Files)
            {
                Assert.Equal(
                    "True 0\n", ChildShell.Run($"Import-Module '{ModuleSession.Manifest}'; $t = Test-EgressOutput '{folder}'; \"$($t.IsSound) $($t.Unrecorded)\""));
            }

            File.Delete(Log(folder));
            Directory.Delete(folder, recursive: true);
        }

        output.WriteLine($"{done} kills, {between} of them between the first and the last commit; seed {seed}");
    }

    /// <summary>Batches of 8 that take a few milliseconds each, three workers that commit beside each other.</summary>
    private static string Job(string destination, string format) =>
        $"Import-Module '{ModuleSession.Manifest}'; Invoke-EmbeddingBatch -Synthetic {SequenceCount} -Device 'simulated:compute=6,copy=1,processing=2' "
        + $"-MaxLength 8 -BatchSize {BatchSize} -WorkerCount 3 -Format {format} -Destination '{destination}' -LogPath '{Log(destination)}' -Resume "
        + "-SummaryVariable s -ErrorAction Stop | Out-Null; $s.Written";

    /// <summary>Kills the job at any moment of its start, or around one of its commits, any of which may be the next to come.</summary>
    private static void KillOnce(string folder, string format, Random random, TimeSpan duration)
    {
        using var process = ChildShell.Start(Job(folder, format));
        var clock = Stopwatch.StartNew();
        var commits = random.Next(5) == 0 ? 0 : 1 + random.Next(Commits(folder, format), Math.Max(Commits(folder, format) + 1, SequenceCount / BatchSize));
        while (!process.HasExited && (commits == 0 ? clock.Elapsed < duration * random.NextDouble() : Commits(folder, format) < commits))
        {
            Thread.Sleep(1);
        }

        process.WaitForExit(TimeSpan.FromMilliseconds(random.Next(8)));
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
    }

    private static string Log(string destination) => destination + ".log";

    /// <summary>Batches that were committed, by their files; of a database, which keeps others out while a run is on, by the runs' log.</summary>
    private static int Commits(string destination, string format)
    {
        if (format == Files)
        {
            return Directory.Exists(destination) ? Directory.GetFiles(destination, "part-*.npy").Length : 0;
        }

        if (!File.Exists(Log(destination)))
        {
            return 0;
        }

        using var log = new StreamReader(new FileStream(Log(destination), FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return log.ReadToEnd().Split("\"batch.written\"").Length - 1;
    }

    /// <summary>The ids of all sequences that a reader of the destination would find.</summary>
    private static List<string> Ids(string folder, string format) =>
        !Directory.Exists(folder) ? [] : format == Files ? IdsOfParts(folder) : IdsOfDatabase(folder);

    private static List<string> IdsOfParts(string folder) =>
        [.. Directory.GetFiles(folder, "part-*.ids.json").SelectMany(file =>
            JsonDocument.Parse(File.ReadAllText(file)).RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetString()!))];

    /// <summary>One of them, and what is near it or far from it; none where that one is not there yet.</summary>
    private static List<string> IdsOfDatabase(string folder)
    {
        const string First = "synthetic-000000";
        var others = ChildShell.Run(
            $"Import-Module '{ModuleSession.Manifest}'; try {{ Find-EgressVector -Id {First} -Destination '{folder}' -Metric L2 -Top {2 * SequenceCount} "
            + "-ErrorAction Stop | ForEach-Object Id; 'end' } catch { }").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return others is [.. var ids, "end"] ? [First, .. ids] : [];
    }
}
