using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace Egress.Backend.Tests;

/// <summary>
/// Short settings of what goes on for long (tests/LongRuns), in a process of its own: a crash is a failure, and what it holds is its
/// own. <c>EGRESS_LONG_PICTURES</c>, <c>EGRESS_LONG_BATCHES</c>, <c>EGRESS_LONG_RUNS</c> and <c>EGRESS_LONG_SEQUENCES</c> lengthen them, and
/// <c>EGRESS_STRESS_SEED</c> sets the seed of the damaged pictures.
/// </summary>
public sealed class LongRunTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    [Fact]
    public void Damaged_pictures_are_decoded_or_named_in_bounded_memory()
    {
        var count = Setting("EGRESS_LONG_PICTURES", 2_000);
        var output = Run(count / 100, "fuzz", count, Setting("EGRESS_STRESS_SEED", Environment.TickCount & 0xFFFF), 2);

        Assert.Contains("fuzz: 0 findings", output, StringComparison.Ordinal);
        foreach (var what in new[] { "outcome decoded", "outcome whole", "outcome PictureDamaged", "format jpeg", "format png", "format webp", "format tiff" })
        {
            Assert.Matches($"{what}: [1-9]", output);
        }
    }

    [Fact]
    public void Decompression_bombs_are_stopped_before_memory_is_spent()
    {
        Assert.Contains("bombs: 0 findings", Run(0, "bombs"), StringComparison.Ordinal);
    }

    [Fact]
    public void Batches_go_on_for_ever_in_the_same_memory()
    {
        var count = Setting("EGRESS_LONG_BATCHES", 50_000);
        Assert.Contains("batches: 0 findings", Run(count / 1_000, "batches", count), StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_over_real_pictures_follow_each_other_in_the_same_memory()
    {
        var count = Setting("EGRESS_LONG_RUNS", 2_000);
        Assert.Contains("pictures: 0 findings", Run(count / 20, "pictures", count), StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_over_texts_follow_each_other_in_the_same_memory()
    {
        var count = Setting("EGRESS_LONG_SEQUENCES", 10_000);
        Assert.Contains("sequences: 0 findings", Run(count / 20, "sequences", count), StringComparison.Ordinal);
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;

    /// <summary>Runs the program to its end and returns what it said.</summary>
    private static string Run(int moreSeconds, params object[] arguments)
    {
        var program = typeof(LongRunTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(attribute => attribute.Key == "LongRunsProgram").Value!;
        var start = new ProcessStartInfo("dotnet", ["exec", program, .. arguments.Select(argument => $"{argument}")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(s_patience + TimeSpan.FromSeconds(moreSeconds)))
        {
            process.Kill();
        }

        process.WaitForExit();
        var said = output.GetAwaiter().GetResult() + errors.GetAwaiter().GetResult();
        TestContext.Current.TestOutputHelper?.WriteLine(said);
        Assert.True(process.ExitCode == 0, $"Exit code {process.ExitCode}: {said}");
        return said;
    }
}
