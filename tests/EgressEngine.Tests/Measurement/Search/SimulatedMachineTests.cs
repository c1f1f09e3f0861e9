using Egress.Devices;
using Egress.Devices.Simulated;
using Egress.Measurement;
using Egress.Measurement.Search;
using Egress.Measurement.Sweeps;
using Egress.Models;
using Egress.Pipeline;
using Egress.Segmentation;

namespace Egress.Tests.Measurement.Search;

/// <summary>The simulated device against the formulas that the search is tried on.</summary>
public sealed class SimulatedMachineTests
{
    private const int Attempts = 8;

    // A core less than the formula's would cost a third and more.
    private const double Least = 0.8;

    // Durations are long beside what a thread that waits is woken too late.
    [Theory]
    [InlineData("compute=12,compute-item=6,copy=3,copy-item=3,processing=0,processing-item=18,load=12,cores=3", 4, 2, 2, 3)]
    [InlineData("compute=6,compute-item=3,copy=3,copy-item=3,processing=0,processing-item=36,load=6,cores=2", 4, 3, 2, 4)]
    [InlineData("compute=20,compute-item=10,copy=2,copy-item=2,processing=0,processing-item=4,load=4,cores=8", 8, 2, 2, 3)]
    public void The_device_takes_what_the_formula_says(string timing, int batch, int workers, int loaders, int buffers)
    {
        var candidate = new PipelineCandidate(batch, workers, loaders, buffers);
        var expected = new VirtualMachine(SimulatedTiming.Parse(timing)).ItemsPerSecond(candidate)!.Value;
        var seen = new List<double>();

        // Faster than the formula is wrong each time; slower may be a busy machine's fault, and then not each time.
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            seen.Add(Measure(timing, candidate).ImagesPerSecond!.Value / expected);
            Assert.InRange(seen[^1], 0, 1.08);
            if (seen[^1] > Least)
            {
                return;
            }
        }

        Assert.Fail(string.Join(", ", seen));
    }

    [Fact]
    public void A_batch_that_the_device_has_no_room_for_is_an_error_that_names_one()
    {
        var error = Assert.Throws<EgressException>(() => Measure("compute=0,copy=0,processing=0,memory=100,memory-item=30", new PipelineCandidate(4, 1, 1, 2)));
        Assert.Equal(EgressErrorId.DeviceMemoryExhausted, error.ErrorId);
        Assert.Contains("-BatchSize of 3", error.Advice, StringComparison.Ordinal);
        Assert.Equal(
            90_000_000, Measure("compute=0,copy=0,processing=0,memory=100,memory-item=30", new PipelineCandidate(3, 1, 1, 2)).DeviceMemoryBytes);
    }

    [Theory]
    [InlineData("compute=20,copy=10,in=0,processing=10")]
    [InlineData("compute=1,compute-item=0.5,copy=2,copy-item=0.25,fresh=3,fresh-item=1.5,in=4,in-item=0.125,processing=5,processing-item=6,load=7,cores=8,memory=9,memory-item=10")]
    public void Durations_are_read_as_they_are_written(string text) => Assert.Equal(text, SimulatedTiming.Parse(text).ToString());

    [Theory]
    [InlineData("cores=1.5")]
    [InlineData("compute-items=1")]
    [InlineData("load=-1")]
    public void What_is_no_duration_is_an_error(string text) =>
        Assert.Equal(EgressErrorId.DeviceSpecInvalid, Assert.Throws<EgressException>(() => SimulatedTiming.Parse(text)).ErrorId);

    private static ThroughputResult Measure(string timing, PipelineCandidate candidate)
    {
        var options = new SegmentationOptions
        {
            Model = new SegmentationModelOptions { ImageSize = 16, OutputKind = OutputKind.Logits },
            Pipeline = new PipelineOptions
            {
                BatchSize = candidate.BatchSize,
                WorkerCount = candidate.WorkerCount,
                LoaderCount = candidate.LoaderCount,
                BufferCount = candidate.BufferCount,
            },
        };
        using var share = new SweepShare();
        using var sweep = new ConfigurationSweep(share);
        return sweep.Measure(
            new SegmentationConfiguration(options, [DeviceSpec.Parse($"simulated:{timing}")], [], () => throw new InvalidOperationException()),
            new ThroughputOptions { Steps = 30, WarmupSteps = 5, VerifySteps = 0, MeasureLimits = false }, new RepetitionOptions(), null,
            TestContext.Current.CancellationToken);
    }
}
