using System.Diagnostics;
using System.Globalization;

namespace Egress.Cmdlets.Tests.Reliability;

/// <summary>
/// Jobs that get SIGTERM or SIGINT (Ctrl+C) at random moments. <c>EGRESS_SIGNALS=60</c> makes a long test of it;
/// <c>EGRESS_SIGNAL_SEED</c> repeats one.
/// </summary>
public sealed class SignalTests : IDisposable
{
    private const int PictureCount = 60;
    private const int Interrupt = 2;
    private const int Terminate = 15;

    private static readonly TimeSpan s_hang = TimeSpan.FromMinutes(2);

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_job_that_gets_a_signal_at_any_moment_ends_with_its_code_and_is_completed_by_the_next()
    {
        var signals = ResumableJob.Setting("EGRESS_SIGNALS", 12);
        var seed = ResumableJob.Setting("EGRESS_SIGNAL_SEED", Environment.TickCount);
        var random = new Random(seed);
        ResumableJob.WritePictures(_folder["pictures"], PictureCount);
        var job = new ResumableJob(_folder["pictures"]);
        var clock = Stopwatch.StartNew();
        Assert.Equal(PictureCount, job.Run(_folder["undisturbed"]));
        var startup = clock.Elapsed;
        var journalBytes = new FileInfo(ResumableJob.JournalPath(_folder["undisturbed"])).Length;

        var tally = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var index = 0; index < signals; index++)
        {
            var folder = _folder[$"stopped {index}"];
            var signal = index % 2 == 0 ? Terminate : Interrupt;
            try
            {
                var (code, committed) = SignalOnce(job, folder, signal, random, startup, journalBytes);
                AssertIntact(folder);
                Assert.Equal(PictureCount - committed, job.Run(folder));
                ResumableJob.AssertSame(_folder["undisturbed"], folder);
                Assert.All(ResumableJob.CommitCounts(folder).Values, count => Assert.Equal(1, count));
                var moment = committed switch { 0 => "before the first commit", PictureCount => "after the last", _ => "between commits" };
                var key = $"exit code {code} {moment}";
                tally[key] = tally.GetValueOrDefault(key) + 1;
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"Signal {signal}, number {index} of seed {seed}: {error.Message}", error);
            }

            Directory.Delete(folder, recursive: true);
        }

        Console.WriteLine($"{signals} signals: {string.Join(", ", tally.Select(entry => $"{entry.Value} × {entry.Key}"))}; seed {seed}");
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Starts the job and sends the signal: at any moment of its start, or once its journal has grown so far.</summary>
    /// <returns>The exit code, and how many pictures were committed.</returns>
    private static (int Code, int Committed) SignalOnce(
        ResumableJob job, string folder, int signal, Random random, TimeSpan startup, long journalBytes)
    {
        var journal = new FileInfo(ResumableJob.JournalPath(folder));
        var target = random.Next(4) == 0 ? 0 : (long)(random.NextDouble() * 1.02 * journalBytes);
        using var process = job.Start(folder);
        ResumableJob.WaitForMoment(process, journal, target, random, startup);

        using (var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            kill.WaitForExit();
        }

        if (!process.WaitForExit(s_hang))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"It was still there after {s_hang.TotalSeconds} s.");
        }

        var committed = File.Exists(journal.FullName) ? ResumableJob.CommitCounts(folder).Count : 0;
        Assert.True(
            process.ExitCode == 128 + signal || (process.ExitCode == 0 && committed == PictureCount),
            $"exit code {process.ExitCode} with {committed} pictures committed");
        return (process.ExitCode, committed);
    }

    /// <summary>Fails the test unless every file that was committed is there as the undisturbed run has it.</summary>
    private void AssertIntact(string folder)
    {
        if (File.Exists(ResumableJob.JournalPath(folder)))
        {
            foreach (var file in Directory.EnumerateFiles(folder))
            {
                Assert.Equal(File.ReadAllBytes(Path.Combine(_folder["undisturbed"], Path.GetFileName(file))), File.ReadAllBytes(file));
            }

            Assert.All(ResumableJob.CommitCounts(folder).Keys, key => Assert.NotEmpty(Directory.GetFiles(folder, key + ".*")));
        }
    }
}
