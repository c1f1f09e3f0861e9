using System.Diagnostics;

namespace Egress.Cmdlets.Tests.Reliability;

/// <summary>
/// Jobs that are killed at random moments and started again. <c>EGRESS_KILLS=200</c> makes a long test of it;
/// <c>EGRESS_KILL_SEED</c> repeats one.
/// </summary>
public sealed class KillTests : IDisposable
{
    private const int PictureCount = 120;

    private readonly TemporaryFolder _folder = new();
    private readonly ITestOutputHelper _output;

    public KillTests(ITestOutputHelper output) => _output = output;

    [Fact]
    public void A_job_that_is_killed_again_and_again_ends_with_what_an_undisturbed_one_gives()
    {
        var kills = ResumableJob.Setting("EGRESS_KILLS", 12);
        var seed = ResumableJob.Setting("EGRESS_KILL_SEED", Environment.TickCount);
        var random = new Random(seed);
        ResumableJob.WritePictures(_folder["pictures"], PictureCount);
        var job = new ResumableJob(_folder["pictures"]);
        var clock = Stopwatch.StartNew();
        Assert.Equal(PictureCount, job.Run(_folder["undisturbed"]));
        var startup = clock.Elapsed;
        var journalBytes = new FileInfo(ResumableJob.JournalPath(_folder["undisturbed"])).Length;

        var tally = new KillTally();
        for (var destination = 0; tally.Kills < kills; destination++)
        {
            var folder = _folder[$"killed {destination}"];
            for (var left = Math.Min(random.Next(1, 5), kills - tally.Kills); left > 0; left--)
            {
                tally.Add(KillOnce(job, folder, random, startup, journalBytes), PictureCount);
            }

            job.Run(folder);
            try
            {
                ResumableJob.AssertSame(_folder["undisturbed"], folder);
                Assert.All(ResumableJob.CommitCounts(folder).Values, count => Assert.Equal(1, count));
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"Destination {destination} of seed {seed}: {error.Message}", error);
            }

            Directory.Delete(folder, recursive: true);
        }

        _output.WriteLine($"{tally}; seed {seed}");
        TestContext.Current.SendDiagnosticMessage("{0}; seed {1}", tally, seed);
        Console.WriteLine($"{tally}; seed {seed}");
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// Starts the job and kills it: at any moment of its start, or once its journal has grown so far, which spreads the moments
    /// over all of its work; a few at the very end.
    /// </summary>
    /// <returns>How many pictures the journal had then.</returns>
    private static int KillOnce(ResumableJob job, string folder, Random random, TimeSpan startup, long journalBytes)
    {
        var journal = new FileInfo(ResumableJob.JournalPath(folder));
        var target = random.Next(5) == 0 ? 0 : (long)(random.NextDouble() * 1.02 * journalBytes);
        using var process = job.Start(folder);
        ResumableJob.WaitForMoment(process, journal, target, random, startup);
        if (target != 0)
        {
            process.WaitForExit(TimeSpan.FromMilliseconds(random.Next(10)));
        }

        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        return File.Exists(journal.FullName) ? File.ReadLines(journal.FullName).Count(line => line.Contains("{\"commit\"", StringComparison.Ordinal)) : -1;
    }

    private sealed class KillTally
    {
        private int _beforeJournal;
        private int _beforeFirst;
        private int _between;
        private int _afterLast;

        public int Kills => _beforeJournal + _beforeFirst + _between + _afterLast;

        public void Add(int commits, int pictures)
        {
            _ = commits switch
            {
                < 0 => _beforeJournal++,
                0 => _beforeFirst++,
                _ when commits < pictures => _between++,
                _ => _afterLast++,
            };
        }

        public override string ToString() =>
            $"{Kills} kills: {_beforeJournal} before there was a journal, {_beforeFirst} before the first commit, {_between} between commits, "
            + $"{_afterLast} after the last commit";
    }
}
