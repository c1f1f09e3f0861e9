using System.Globalization;
using Egress.Devices.Simulated;
using Egress.Measurement.Search;

namespace Egress.Tests.Measurement.Search;

/// <summary>The search on machines made at random, against the full product of its lists.</summary>
public sealed class PipelineSearchTests
{
    private const int Machines = 500;

    /// <summary>Machines in which nothing but the parts themselves counts; such with noise; and such whose parts and threads get into each other's way.</summary>
    [Theory]
    [InlineData(1, 0, 0, double.PositiveInfinity)]
    [InlineData(2, 0.005, 0, double.PositiveInfinity)]
    [InlineData(3, 0.005, 0.1, 12)]
    public void It_comes_within_2_percent_of_the_best_in_a_fifth_of_the_runs(int seed, double noise, double costOfThread, double sharpness)
    {
        var random = new Random(seed);
        var failures = new List<string>();
        var shares = new List<double>();
        for (var machine = 0; machine < Machines; machine++)
        {
            var space = RandomSpace(random);
            var virtualMachine = new VirtualMachine(RandomTiming(random))
            {
                Noise = noise,
                CostOfThread = costOfThread,
                Sharpness = sharpness,
                Random = new Random(random.Next()),
            };
            var search = new PipelineSearch(space);
            var stop = search.Run(virtualMachine.Try);
            var best = space.Candidates().Max(candidate => virtualMachine.ItemsPerSecond(candidate) ?? 0);
            var found = search.Best is { } candidate ? virtualMachine.ItemsPerSecond(candidate) ?? 0 : 0;
            shares.Add((double)search.Runs / space.ProductCount);
            if (best > 0 && (found < 0.98 * best || 5 * search.Runs > space.ProductCount))
            {
                failures.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"machine {machine}: {found / best:0.000} of the best with {search.Best} in {search.Runs} of {space.ProductCount} runs, {stop}"));
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{failures.Count} failed; runs: {shares.Average():0.000} of the product on average, {shares.Max():0.000} at most"));
        Assert.True(failures.Count == 0, $"{failures.Count} failed:\n{string.Join('\n', failures)}");
    }

    internal static SearchSpace RandomSpace(Random random)
    {
        int[] batches = [1, 2, 4, 8, 16, 32, 64, 128];
        int[] threads = [1, 2, 3, 4, 6, 8, 12, 16];
        int[] buffers = [2, 3, 4, 6, 8];
        return new SearchSpace
        {
            BatchSizes = Some(random, batches, 4),
            WorkerCounts = Some(random, threads, 3),
            LoaderCounts = Some(random, threads, 3),
            BufferCounts = Some(random, buffers, 3),
            InputBytes = 1000,
            OutputBytes = 84_000,
        };
    }

    /// <summary>Milliseconds an item over three decades for each part, with fixed costs a batch, on 4 to 32 processors.</summary>
    internal static SimulatedTiming RandomTiming(Random random)
    {
        TimeSpan Milliseconds(double low, double high) => TimeSpan.FromMilliseconds(low * Math.Pow(high / low, random.NextDouble()));
        return new SimulatedTiming
        {
            Compute = Milliseconds(0.1, 20),
            ComputeItem = Milliseconds(0.05, 5),
            Copy = Milliseconds(0.01, 1),
            CopyItem = Milliseconds(0.02, 2),
            CopyIn = Milliseconds(0.01, 1),
            CopyInItem = Milliseconds(0.01, 0.5),
            Processing = TimeSpan.Zero,
            ProcessingItem = Milliseconds(0.1, 20),
            Load = Milliseconds(0.1, 20),
            Cores = random.Next(4, 33),
            MemoryBytes = 1L << 30,
            MemoryItemBytes = (long)Milliseconds(1 << 20, 1 << 27).TotalMilliseconds,
        };
    }

    private static int[] Some(Random random, int[] values, int least)
    {
        var count = random.Next(least, values.Length + 1);
        return [.. values.OrderBy(_ => random.Next()).Take(count).Order()];
    }
}
