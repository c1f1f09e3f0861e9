using Egress.Devices.Simulated;
using Egress.Measurement;
using Egress.Models;
using Egress.Pipeline;
using Egress.Tests.Pipeline;

namespace Egress.Tests.Measurement;

public sealed class TimelineTraceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_runs_stages_are_on_their_own_tracks_with_every_batch()
    {
        var path = _folder["trace.json"];
        using (var trace = new TimelineTrace(path))
        {
            Run(trace, new MarkChecker());
        }

        var slices = Slices(path);
        foreach (var stage in (string[])["Load", "CopyIn", "WaitInput", "Compute", "WaitBuffer", "CopyOut", "WaitWorker", "Process"])
        {
            var batches = slices.Where(slice => slice.Name == stage).Select(slice => slice.Batch).Distinct().Order();
            Assert.Equal(Enumerable.Range(0, 10).Select(i => (long)i), batches);
        }

        Assert.All(slices, slice => Assert.True(slice.Duration >= 0));
        Assert.Equal(
            slices.Where(slice => slice.Name == "Compute").Select(slice => slice.Track).Distinct(),
            slices.Where(slice => slice.Name == "WaitInput").Select(slice => slice.Track).Distinct());
        Assert.NotEqual(
            slices.First(slice => slice.Name == "Compute").Track, slices.First(slice => slice.Name == "CopyOut").Track);
    }

    [Fact]
    public void A_planted_stall_shows_with_its_length()
    {
        var path = _folder["trace.json"];
        using (var trace = new TimelineTrace(path))
        {
            Run(trace, new MarkChecker(processing: TimeSpan.FromMilliseconds(50)));
        }

        // The machine may add to it, though not minutes, and never take from it.
        Assert.All(Slices(path).Where(slice => slice.Name == "Process"), slice => Assert.InRange(slice.Duration, 50_000, 60_000_000));
    }

    [Fact]
    public void A_timeline_is_replaced_and_any_other_file_is_not()
    {
        new TimelineTrace(_folder["trace.json"]).Dispose();
        new TimelineTrace(_folder["trace.json"]).Dispose();
        byte[] picture = [0xFF, 0xD8, 0xFF];
        File.WriteAllBytes(_folder["a.jpg"], picture);

        var error = Assert.Throws<EgressException>(() => new TimelineTrace(_folder["a.jpg"]));

        Assert.Equal((EgressErrorId.OutputWriteFailed, _folder["a.jpg"]), (error.ErrorId, error.Target));
        Assert.Equal(picture, File.ReadAllBytes(_folder["a.jpg"]));
    }

    [Fact]
    public void A_file_that_cannot_be_written_is_an_error_with_its_path()
    {
        var error = Assert.Throws<EgressException>(() => new TimelineTrace(_folder["missing/trace.json"]));
        Assert.Equal((EgressErrorId.OutputWriteFailed, _folder["missing/trace.json"]), (error.ErrorId, error.Target));
    }

    [Fact]
    public void A_disk_that_is_full_ends_the_timeline_and_not_the_run()
    {
        var checker = new MarkChecker();
        var trace = new TimelineTrace("/dev/full");
        for (var runs = 0; trace.Problem is null && runs < 20; runs++)
        {
            Run(trace, checker);
        }

        trace.Dispose();
        Assert.NotNull(trace.Problem);
    }

    public void Dispose() => _folder.Dispose();

    private static void Run(TimelineTrace trace, MarkChecker checker)
    {
        using var device = new SimulatedDevice(SimulatedLanes.Timing(1, 1));
        using var session = new SimulatedSession(device, SimulatedLanes.Input, SimulatedLanes.Output);
        using var pipeline = new BatchPipeline<MarkedItem, bool>(
            new PipelineOptions { BatchSize = 2, BufferCount = 2 }, [new PipelineLane(device, session)], new MarkLoader(), checker, trace);
        Assert.Equal(20, PipelineDriver.Run(pipeline, 20).Outcomes.Count);
    }

    private static IReadOnlyList<TraceSlice> Slices(string path) => [.. new TraceFile(path).Slices.Where(slice => slice.Process == 1)];
}
