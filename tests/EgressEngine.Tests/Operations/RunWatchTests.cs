using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Egress.Input;
using Egress.Operations;
using Egress.Pipeline;
using Egress.Segmentation;

namespace Egress.Tests.Operations;

public sealed class RunWatchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_without_faults_is_healthy_and_its_counts_are_those_of_its_log()
    {
        using var watch = new RunWatch("deeplab", "/masks", _folder["log"]);
        watch.Describe(new RunDescription { Device = "cpu", Shard = ShardAssignment.Of(1, 4, "parameters") });
        watch.Ready(1000);
        watch.Done(Result("a", SegmentationStatus.Written, 10));
        watch.Done(Result("b", SegmentationStatus.Skipped, 10));
        watch.Done(Result("c", SegmentationStatus.Written, 5));
        watch.LeftToAnotherShard();

        var summary = watch.End();
        Assert.Equal((RunOutcome.Succeeded, 0, true), (summary.Outcome, summary.ExitCode, summary.IsHealthy));
        Assert.Equal((3, 2, 1, 0, 1), (summary.Images, summary.Written, summary.Skipped, summary.Failed, summary.OtherShards));
        Assert.Equal((15, 1000), (summary.OutputBytes, summary.HostMemoryBytes));
        Assert.Equal((1, 4), (summary.ShardIndex, summary.ShardCount));
        Assert.Same(summary, watch.End());

        var log = Log();
        Assert.Equal(
            ["run.started", "run.ready", "image.written", "image.skipped", "image.written", "run.ended"],
            log.Select(line => line.GetProperty("event").GetString()));
        Assert.All(log, line => Assert.Equal(summary.RunId, line.GetProperty("run").GetString()));
        var last = log[^1];
        Assert.Equal((0, 2, 1), (last.GetProperty("exitCode").GetInt32(), last.GetProperty("written").GetInt32(), last.GetProperty("otherShards").GetInt32()));
    }

    [Fact]
    public void Bad_pictures_make_a_run_that_succeeded_with_errors()
    {
        using var watch = new RunWatch("deeplab", null, _folder["log"]);
        watch.Failed("x.jpg", Error(EgressErrorId.PictureDamaged, EgressErrorCategory.InvalidData));
        watch.Failed("y.jpg", Error(EgressErrorId.PictureDamaged, EgressErrorCategory.InvalidData));
        var summary = watch.End();
        Assert.Equal((RunOutcome.SucceededWithErrors, 65, false), (summary.Outcome, summary.ExitCode, summary.IsHealthy));
        Assert.Equal(2, summary.Errors[EgressErrorId.PictureDamaged]);
        Assert.Equal("x.jpg", Log().First(line => line.GetProperty("event").GetString() == "image.failed").GetProperty("path").GetString());
    }

    [Fact]
    public void The_first_fault_decides_and_a_watch_that_nobody_ends_was_stopped()
    {
        using var faulted = new RunWatch("deeplab", null, null);
        faulted.Fault(Error(EgressErrorId.DeviceMemoryExhausted, EgressErrorCategory.ResourceUnavailable));
        faulted.Fault(Error(EgressErrorId.PipelineFault, EgressErrorCategory.NotSpecified));
        faulted.Dispose();
        Assert.Equal((RunOutcome.Faulted, 75), (faulted.Summary!.Outcome, faulted.Summary.ExitCode));
        Assert.Equal(EgressErrorId.DeviceMemoryExhausted, faulted.Summary.FaultId);

        using var stopped = new RunWatch("deeplab", null, null);
        stopped.Dispose();
        Assert.Equal((RunOutcome.Stopped, 130), (stopped.Summary!.Outcome, stopped.Summary.ExitCode));
    }

    [Fact]
    public void A_stall_is_told_by_any_thread_and_leaves_the_run_unhealthy()
    {
        using var watch = new RunWatch("deeplab", null, _folder["log"]);
        Bounded.Run("the watchdog", () => watch.Stalled("compute", TimeSpan.FromSeconds(90), "batch 3: Inference"));
        var summary = watch.End();
        Assert.Equal((RunOutcome.Succeeded, false, 1), (summary.Outcome, summary.IsHealthy, summary.Stalls));
        var stall = Log()[1];
        Assert.Equal(("stage.stalled", "compute", 90), (stall.GetProperty("event").GetString(), stall.GetProperty("stage").GetString(), stall.GetProperty("seconds").GetInt32()));
    }

    [Fact]
    public void A_log_that_breaks_off_is_told_by_the_summary()
    {
        using var watch = new RunWatch("deeplab", null, "/dev/full");
        var summary = watch.End();
        Assert.Equal(RunOutcome.Succeeded, summary.Outcome);
        Assert.NotNull(summary.LogProblem);
        Assert.False(summary.IsHealthy);
    }

    [Fact]
    public void Telemetry_that_was_not_delivered_is_told_by_summary_and_log()
    {
        using var watch = new RunWatch("deeplab", null, _folder["log"], () => new LostExport());
        Assert.Equal("nobody listens", watch.End().TelemetryProblem);
        Assert.Equal(["run.started", "telemetry.lost", "run.ended"], Log().Select(line => line.GetProperty("event").GetString()));
    }

    [Fact]
    public void An_export_that_cannot_begin_ends_the_run_and_the_log_says_why()
    {
        var error = Error(EgressErrorId.EnvironmentInvalid, EgressErrorCategory.InvalidArgument);
        Assert.Same(error, Assert.Throws<EgressException>(() => new RunWatch("deeplab", null, _folder["log"], () => throw error)));
        Assert.Equal(EgressErrorId.EnvironmentInvalid, Assert.Single(Log()).GetProperty("error").GetString());
    }

    [Fact]
    public void Each_metric_is_reported_with_its_unit_and_tags()
    {
        var seen = new ConcurrentBag<(string Name, string? Unit, double Value, string Tags)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, it) =>
            {
                if (instrument.Meter.Name == "Egress")
                {
                    it.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => seen.Add((instrument.Name, instrument.Unit, value, Text(tags))));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => seen.Add((instrument.Name, instrument.Unit, value, Text(tags))));
        listener.Start();

        using (var watch = new RunWatch("deeplab", null, null))
        {
            watch.Ready(123);
            watch.Done(Result("metric", SegmentationStatus.Written, 77));
            watch.Failed("x", Error(EgressErrorId.PictureTooLarge, EgressErrorCategory.InvalidData));
            var now = Stopwatch.GetTimestamp();
            watch.Observer.StageEnded(PipelineStage.CopyOut, 0, now - Stopwatch.Frequency, now);
            watch.Observer.BatchProcessed(0, now);
            watch.End();
        }

        Assert.Contains(("egress.images", "{image}", 1, "egress.status=written"), seen);
        Assert.Contains(("egress.images", "{image}", 1, "egress.status=failed"), seen);
        Assert.Contains(("egress.errors", "{error}", 1, "error.type=PictureTooLarge"), seen);
        Assert.Contains(("egress.output.size", "By", 77, ""), seen);
        Assert.Contains(("egress.batches", "{batch}", 1, ""), seen);
        Assert.Contains(("egress.stage.duration", "s", 1, "egress.stage=copy_out"), seen);
        Assert.Contains(("egress.host_memory.usage", "By", 123, ""), seen);
        Assert.Contains(("egress.host_memory.usage", "By", -123, ""), seen);
        Assert.Contains(seen, entry => entry is { Name: "egress.run.duration", Unit: "s", Tags: "egress.outcome=succeeded_with_errors" });
    }

    [Fact]
    public void A_trace_has_the_run_its_batches_and_their_stages_and_continues_the_jobs_own()
    {
        const string Parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        var ended = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Egress",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);

        using (var watch = new RunWatch("deeplab", null, null, null, name => name == "TRACEPARENT" ? Parent : null))
        {
            var start = Stopwatch.GetTimestamp();
            foreach (var batch in (long[])[0, 1])
            {
                Bounded.Run("a stage", () => watch.Observer.StageEnded(PipelineStage.CopyIn, batch, start, start + 1000));
                Bounded.Run("a stage", () => watch.Observer.StageEnded(PipelineStage.Process, batch, start + 1000, start + 2000));
            }

            watch.Observer.BatchProcessed(0, start + 2000);
            Assert.Null(Activity.Current);
            watch.End();
        }

        var trace = ended.Where(activity => activity.TraceId.ToHexString() == "4bf92f3577b34da6a3ce929d0e0e4736").ToList();
        var run = Assert.Single(trace, activity => activity.OperationName == "egress.run");
        Assert.Equal("00f067aa0ba902b7", run.ParentSpanId.ToHexString());
        var batches = trace.Where(activity => activity.OperationName == "egress.batch").ToList();
        Assert.Equal(2, batches.Count);
        Assert.All(batches, batch => Assert.Equal(run.SpanId, batch.ParentSpanId));
        Assert.Equal(
            [ActivityStatusCode.Unset, ActivityStatusCode.Error],
            batches.OrderBy(batch => (long)batch.GetTagItem("egress.batch")!).Select(batch => batch.Status));
        foreach (var stage in (string[])["copy_in", "process"])
        {
            Assert.Equal(
                batches.Select(batch => batch.SpanId).ToHashSet(),
                trace.Where(activity => activity.OperationName == stage).Select(activity => activity.ParentSpanId).ToHashSet());
        }
    }

    private static SegmentationResult Result(string path, SegmentationStatus status, long bytes) =>
        new() { Path = path, Status = status, OutputBytes = bytes };

    private static EgressException Error(string id, EgressErrorCategory category) => new(id, category, "It failed.", "Do better.");

    private static string Text(ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        string.Join(',', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"));

    private List<JsonElement> Log() => [.. File.ReadLines(_folder["log"]).Select(line => JsonDocument.Parse(line).RootElement)];

    private sealed class LostExport : ITelemetryExport
    {
        public string? Flush() => "nobody listens";
    }
}
