using System.Diagnostics;
using System.Globalization;
using Egress.LongRuns;
using Egress.Output;
using Egress.Vectors;

namespace Egress.Backend.Tests.Vectors;

/// <summary>
/// Runs that are killed at random moments and started again, until one comes to its end. <c>EGRESS_VECTOR_KILLS=100</c> makes a long test of
/// it; <c>EGRESS_KILL_SEED</c> repeats one.
/// </summary>
internal static class KilledRuns
{
    private const int Batches = 60;
    private const int RowsOfBatch = 40;

    /// <summary>What a row has to be.</summary>
    public static IEnumerable<(string Id, long Hash, string? Text, float[] Vector)> Expected => Enumerable.Range(0, Batches * RowsOfBatch).Select(number => (
        NumberedVectors.Key(number).Id, NumberedVectors.Key(number).TextHash, (string?)$"text {number}", NumberedVectors.Vector(number)));

    /// <summary>Kills runs, as often as the environment says, and looks at each database once a run has come to its end.</summary>
    /// <param name="format">The kind of database or files.</param>
    /// <param name="nextAddress">Makes a database that is empty.</param>
    /// <param name="verify">Looks at it, and removes it.</param>
    public static void KillAndVerify(VectorFormat format, Func<string> nextAddress, Action<string> verify)
    {
        var kills = Setting("EGRESS_VECTOR_KILLS", 5);
        var seed = Setting("EGRESS_KILL_SEED", Environment.TickCount);
        var random = new Random(seed);
        var tally = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var left = kills; left > 0;)
        {
            var address = nextAddress();
            for (var next = Math.Min(random.Next(1, 5), left); next > 0; next--, left--)
            {
                var moment = KillOnce(format, address, random);
                tally[moment] = tally.GetValueOrDefault(moment) + 1;
            }

            var (exitCode, output) = RunToItsEnd(format, address);
            Assert.True(exitCode == 0, $"Seed {seed}: {output}");
            verify(address);
        }

        var said = string.Create(
            CultureInfo.InvariantCulture, $"{format}: {kills} kills ({string.Join(", ", tally.OrderBy(pair => pair.Key).Select(pair => $"{pair.Value} {pair.Key}"))}); seed {seed}");
        TestContext.Current.TestOutputHelper?.WriteLine(said);
        Console.WriteLine(said);
    }

    /// <summary>
    /// Kills a run after as many commits as chance says, or at any moment of its start; some while it replaces all rows instead of adding those
    /// that are missing.
    /// </summary>
    /// <returns>When it was killed.</returns>
    private static string KillOnce(VectorFormat format, string address, Random random)
    {
        var mode = random.Next(3) == 0 ? OutputMode.Replace : OutputMode.Resume;
        using var process = Start(format, address, mode);
        _ = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var (commits, wanted, isComplete) = (0, random.Next(5) == 0 ? 0 : random.Next(Batches + 2), false);
        if (wanted == 0)
        {
            process.WaitForExit(random.Next(1500));
        }

        while (commits < wanted && process.StandardOutput.ReadLine() is { } line)
        {
            commits++;
            isComplete |= line == "complete";
        }

        // A batch takes milliseconds: any moment of the next one.
        Thread.Sleep(TimeSpan.FromMilliseconds(random.NextDouble() * 12));
        process.Kill();
        process.WaitForExit();
        return isComplete ? "after the end" : wanted == 0 ? "at the start" : mode == OutputMode.Replace ? "while replacing" : "between commits";
    }

    private static (int ExitCode, string Output) RunToItsEnd(VectorFormat format, string address)
    {
        using var process = Start(format, address, OutputMode.Resume);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, errors.Result + output);
    }

    private static Process Start(VectorFormat format, string address, OutputMode mode) =>
        VectorWriterProgram.Start("vectors", format.ToString(), address, mode.ToString(), $"{Batches}", $"{RowsOfBatch}");

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
