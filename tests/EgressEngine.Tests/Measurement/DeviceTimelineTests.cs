using System.Diagnostics;
using Egress.Devices.Cpu;
using Egress.Devices.Cuda;
using Egress.Measurement;
using Egress.Pipeline;
using Egress.Tests.Devices.Cuda;
using Egress.Tests.Pipeline;

namespace Egress.Tests.Measurement;

/// <summary>The devices' tracks of a timeline.</summary>
public sealed class DeviceTimelineTests : IDisposable
{
    private const double Grain = 0.002;
    private static readonly string[] s_tracks = ["compute", "copy in", "copy out"];
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Strategies => [.. EgressStrategy.All.Select(strategy => strategy.Name)];

    [Theory]
    [MemberData(nameof(Strategies))]
    public void A_device_shows_what_it_did_to_the_microsecond(string name)
    {
        var strategy = EgressStrategy.Parse(name);
        var lane = SimulatedLanes.Create(SimulatedLanes.Timing(3, 2, fresh: 4, copyIn: 1));
        var trace = Trace(strategy, [lane]);

        Assert.Equal("simulated", trace.Processes[2]);
        Assert.Equal(s_tracks, trace.Tracks(2));
        var expected = new Dictionary<string, double>
        {
            ["compute"] = 3000,
            ["copy in"] = 1000,
            ["copy out"] = strategy.UsesPool ? 2000 : 4000,
        };
        foreach (var track in s_tracks)
        {
            var slices = trace.Device(track);
            Assert.Equal(Enumerable.Range(0, 12).Select(i => (long)i), slices.Select(slice => slice.Batch));
            Assert.All(slices, slice => Assert.Equal(expected[track], slice.Duration, Grain));
            Assert.All(slices, slice => Assert.Equal((track, "device"), (slice.Name, slice.Category)));
            AssertApart(slices);
        }

        // In the order of the batch's journey.
        foreach (var (copyIn, compute, copyOut) in trace.Device("copy in").Zip(trace.Device("compute"), trace.Device("copy out")))
        {
            Assert.True(copyIn.End <= compute.Start + Grain);
            Assert.True(compute.End <= copyOut.Start + Grain);
        }

        // A copy on the compute stream keeps the next computation waiting, one on a stream of its own does not.
        if (strategy.Queue == CopyQueue.Compute)
        {
            AssertApart([.. trace.Device("compute").Concat(trace.Device("copy out")).OrderBy(slice => slice.Start)]);
        }
    }

    [Fact]
    public void A_planted_stall_is_a_gap_of_its_own_length()
    {
        var lane = SimulatedLanes.Create(SimulatedLanes.Timing(4, 1));
        StallingTrace? stalling = null;
        var file = Trace(
            EgressStrategy.Pipelined, [lane],
            observe: trace => stalling = new StallingTrace(trace, lane.Device, stallAt: 6, TimeSpan.FromMilliseconds(50)));

        // The machine may wake the thread late; then the gap is as long as the thread was late, which looked at the clock.
        var stage = stalling!.Stage(PipelineStage.Compute, 6);
        var least = Stopwatch.GetElapsedTime(stalling.IdleTicks, stalling.EndTicks).TotalMicroseconds;
        var most = Stopwatch.GetElapsedTime(stalling.IdleTicks, stage.End).TotalMicroseconds;
        var compute = file.Device("compute");
        var gap = compute[6].Start - compute[5].End;
        Assert.True(least >= 50_000);
        Assert.InRange(gap, least - Grain, most + Grain);

        // The engine's tracks and the device's have one time axis.
        var slice = Assert.Single(file.Slices, slice => slice.Process == 1 && slice.Name == "Compute" && slice.Batch == 6);
        Assert.InRange(compute[6].Start, slice.Start, slice.End);
    }

    [Fact]
    public void Devices_of_one_name_have_tracks_of_their_own_and_share_the_batches()
    {
        var lanes = Enumerable.Range(0, 2).Select(_ => SimulatedLanes.Create(SimulatedLanes.Timing(2, 1))).ToList();
        var trace = Trace(EgressStrategy.Pipelined, lanes);

        Assert.Equal(["Egress", "simulated", "simulated"], trace.Processes.OrderBy(process => process.Key).Select(process => process.Value));
        Assert.NotEmpty(trace.Device("compute", 2));
        Assert.NotEmpty(trace.Device("compute", 3));
        Assert.Equal(
            Enumerable.Range(0, 12).Select(i => (long)i),
            trace.Device("compute", 2).Concat(trace.Device("compute", 3)).Select(slice => slice.Batch).Order());
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public void The_cpu_has_tracks_as_well(string name)
    {
        using var device = new CpuDevice();
        using var session = new XorSession(1 << 16);
        var trace = Trace(EgressStrategy.Parse(name), [new PipelineLane(device, session)], new PatternLoader(), new PatternChecker());

        foreach (var track in s_tracks)
        {
            Assert.Equal(Enumerable.Range(0, 12).Select(i => (long)i), trace.Device(track).Select(slice => slice.Batch));
            AssertApart(trace.Device(track));
        }

        // The computation runs on the inference thread, inside its stage.
        foreach (var compute in trace.Device("compute"))
        {
            var stage = Assert.Single(trace.Slices, slice => slice.Process == 1 && slice.Name == "Compute" && slice.Batch == compute.Batch);
            Assert.InRange(compute.Start, stage.Start, stage.End);

            // The file gives tenths of a microsecond, each end of a slice rounded for itself.
            Assert.InRange(compute.End, compute.Start, stage.End + 0.2);
        }
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public void A_gpu_has_them_too_and_gives_all_its_events_back(string name)
    {
        using var fake = new FakeCudaApi { TellsRealTime = true, Shuffle = new Random(9) };
        using (var device = CudaDevices.Open(0, new CudaRuntime(fake)))
        using (var session = new InvertingSession(fake, device))
        {
            var trace = Trace(EgressStrategy.Parse(name), [new PipelineLane(device, session)], new PatternLoader(), new PatternChecker());

            Assert.Equal("cuda:0", trace.Processes[2]);
            foreach (var track in s_tracks)
            {
                Assert.Equal(12, trace.Device(track).Count);
                AssertApart(trace.Device(track));
            }
        }

        Assert.Empty(fake.Violations);
        Assert.Equal(0, fake.LiveHandles);
    }

    [Fact]
    public void Without_a_timeline_a_gpus_run_times_no_event()
    {
        using var fake = new FakeCudaApi { Shuffle = new Random(9) };
        using (var device = CudaDevices.Open(0, new CudaRuntime(fake)))
        using (var session = new InvertingSession(fake, device))
        using (var pipeline = new BatchPipeline<MarkedItem, bool>(
            new PipelineOptions(), [new PipelineLane(device, session)], new PatternLoader(), new PatternChecker(), new CountingObserver()))
        {
            Assert.Equal(20, PipelineDriver.Run(pipeline, 20).Outcomes.Count);
        }

        Assert.NotEmpty(fake.EventFlags);
        Assert.All(fake.EventFlags, flags => Assert.True(flags.HasFlag(CudaEventFlags.DisableTiming)));
        Assert.Equal(2, fake.Streams.Count);
    }

    [Fact]
    public void A_gpu_that_fails_under_a_timeline_ends_the_run_and_leaves_nothing()
    {
        using var fake = new FakeCudaApi { TellsRealTime = true, Shuffle = new Random(4) };
        using (var device = CudaDevices.Open(0, new CudaRuntime(fake)))
        using (var session = new InvertingSession(fake, device))
        {
            fake.Fail("cudaEventElapsedTime", 719, times: 1_000_000, after: 13);
            using var trace = new TimelineTrace(_folder["trace.json"]);
            using var pipeline = new BatchPipeline<MarkedItem, bool>(
                new PipelineOptions(), [new PipelineLane(device, session)], new PatternLoader(), new PatternChecker(), trace);

            var error = Assert.IsType<EgressException>(PipelineDriver.Run(pipeline, 100).Reason);
            Assert.StartsWith("cudaEventElapsedTime failed", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(0, fake.LiveHandles);
    }

    [Fact]
    public void Neighbours_that_a_clock_set_right_would_let_overlap_are_set_apart()
    {
        using var device = new CpuDevice();
        var path = _folder["trace.json"];
        using (var trace = new TimelineTrace(path))
        {
            var now = Stopwatch.GetTimestamp();
            trace.DeviceWorkEnded(device, DeviceWork.Compute, 0, now, now + 1_000_000);
            trace.DeviceWorkEnded(device, DeviceWork.Compute, 1, now + 995_000, now + 2_000_000);
            trace.DeviceWorkEnded(device, DeviceWork.Compute, 2, now + 1_990_000, now + 1_995_000);
            trace.DeviceWorkEnded(device, DeviceWork.CopyOut, 0, now + 500_000, now + 600_000);
        }

        var file = new TraceFile(path);
        AssertApart(file.Device("compute"));
        Assert.Equal([1000.0, 1000.0, 0.0], file.Device("compute").Select(slice => Math.Round(slice.Duration, 1)));
        Assert.Equal(100, Assert.Single(file.Device("copy out")).Duration, Grain);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Slices of one stream never overlap.</summary>
    private static void AssertApart(IReadOnlyList<TraceSlice> slices) =>
        Assert.All(slices.Zip(slices.Skip(1)), pair => Assert.True(pair.First.End <= pair.Second.Start + Grain, $"{pair}"));

    private TraceFile Trace(
        EgressStrategy strategy, IReadOnlyList<PipelineLane> lanes, IItemLoader<MarkedItem>? loader = null,
        IOutputProcessor<MarkedItem, bool>? checker = null, Func<TimelineTrace, IPipelineObserver>? observe = null)
    {
        var path = _folder["trace.json"];
        using (var trace = new TimelineTrace(path))
        using (var pipeline = new BatchPipeline<MarkedItem, bool>(
            new PipelineOptions { Strategy = strategy, BatchSize = 2, WorkerCount = 2, BufferCount = 3 },
            lanes, loader ?? new MarkLoader(), checker ?? new MarkChecker(), observe?.Invoke(trace) ?? trace))
        {
            var result = PipelineDriver.Run(pipeline, 24);
            Assert.Null(result.Reason);
            Assert.All(result.Outcomes, outcome => Assert.True(outcome.Result));
        }

        return new TraceFile(path);
    }
}
