using Egress.Measurement;
using Egress.Measurement.Report;
using Egress.Pipeline;
using Egress.Tests.Pipeline;

namespace Egress.Tests.Measurement.Report;

/// <summary>Timelines of a few steps, recorded on the simulated device, where all times are known.</summary>
public sealed class TimelineRecordingTests
{
    [Fact]
    public void A_step_of_baseline_does_one_thing_after_the_other()
    {
        var timeline = Record("Baseline", 1000.0 / 30, steps: 3);
        var one = timeline.Spans.Where(span => span.Batch == 2).ToDictionary(span => span.Work);
        Assert.Equal(10, one[StepWork.Compute].End - one[StepWork.Compute].Start, 0.1);
        Assert.Equal(8, one[StepWork.CopyOut].End - one[StepWork.CopyOut].Start, 0.1);
        Assert.True(one[StepWork.CopyOut].Start >= one[StepWork.Compute].End - 0.01);
        Assert.True(one[StepWork.Processing].Start >= one[StepWork.CopyOut].End - 0.01);
        Assert.Equal(["simulated"], timeline.Devices);
    }

    [Fact]
    public void A_recording_begins_with_a_computation_and_lasts_so_many_steps_of_the_slowest()
    {
        var recording = new TimelineRecording(3);
        var slow = Record(recording, "Baseline", 1000.0 / 30);
        var fast = Record(recording, "Pipelined", 100);
        foreach (var timeline in (StepTimeline[])[slow, fast])
        {
            // The run computes on for longer than that, however busy the machine is.
            Assert.Equal(90, timeline.Milliseconds, 1e-6);
            var first = timeline.Spans.Where(span => span.Work == StepWork.Compute).MinBy(span => span.Start)!;
            Assert.Equal((1, 0.0), (first.Batch, first.Start));
            Assert.All(timeline.Spans, span => Assert.True(span.End > 0 && span.Start < timeline.Milliseconds));
        }

        Assert.True(fast.Spans.Count(span => span.Work == StepWork.Compute) > slow.Spans.Count(span => span.Work == StepWork.Compute));
    }

    [Fact]
    public void A_chart_has_a_panel_a_strategy_and_a_lane_for_each_thing_that_works()
    {
        var recording = new TimelineRecording(3);
        var results = ((string, double)[])[("Baseline", 1000.0 / 30), ("Pipelined", 100)];
        var rows = results.Select(result => SampleResults.Result(result.Item1, result.Item2) with { Timeline = Record(recording, result.Item1, result.Item2) });
        var chart = Assert.Single(SampleResults.Make(rows).Timelines);

        Assert.Equal(["Baseline, 33.3 steps/s", "Pipelined, 100 steps/s"], chart.Panels.Select(panel => panel.Title));
        Assert.All(chart.Panels, panel => Assert.Equal(
            ["compute", "copy in", "copy out", "processing"], panel.Lanes.Select(lane => lane.Name[..lane.Name.LastIndexOf(' ')])));
        Assert.Equal(
            [ChartColor.Compute, ChartColor.CopyIn, ChartColor.CopyOut, ChartColor.Processing], chart.Panels[0].Lanes.Select(lane => lane.Color));
        Assert.All(chart.Panels.SelectMany(panel => panel.Lanes).SelectMany(lane => lane.Blocks), block =>
            Assert.True(block.Start >= 0 && block.End <= chart.Milliseconds && block.Start <= block.End));

        // Blocks of one row lie beside each other.
        foreach (var row in chart.Panels.SelectMany(panel => panel.Lanes).SelectMany(lane => lane.Blocks.GroupBy(block => (lane, block.Row))))
        {
            var blocks = row.OrderBy(block => block.Start).ToList();
            Assert.All(blocks.Zip(blocks.Skip(1)), pair => Assert.True(pair.First.End <= pair.Second.Start + 0.05));
        }
    }

    [Fact]
    public void A_run_that_computed_too_little_has_no_timeline() => Assert.Null(new TimelineRecorder().Cut(0, 10));

    [Fact]
    public void A_timeline_ends_where_the_last_computation_does()
    {
        // Two steps: 10 ms of computation, 8 of copying and 10 of computation. An hour was asked for.
        var timeline = Record("Baseline", 1.0 / 1200, steps: 3, run: 4, skip: 2);
        Assert.InRange(timeline.Milliseconds, 27.9, 3_600_000);
        Assert.Equal(timeline.Spans.Where(span => span.Work == StepWork.Compute).Max(span => span.End), timeline.Milliseconds, 6);
    }

    private static StepTimeline Record(TimelineRecording recording, string strategy, double stepsPerSecond)
    {
        var result = new ThroughputResult
        {
            Strategy = strategy,
            Model = "",
            Device = "simulated",
            Precision = "",
            OutputKind = "",
            BatchSize = 2,
            ImageSize = 1,
            ClassCount = 1,
            WorkerCount = 2,
            BufferCount = 4,
            LoaderCount = 1,
            Steps = 1,
            StepsPerSecond = stepsPerSecond,
        };
        recording.Record(result, (observer, steps) => Run(strategy, observer, steps));
        return RecordedTimelines.Find(result)!;
    }

    private static StepTimeline Record(string strategy, double stepsPerSecond, int steps, int run = 8, int skip = 2)
    {
        var recorder = new TimelineRecorder();
        Run(strategy, recorder, run);
        return recorder.Cut(skip, steps * 1000 / stepsPerSecond)!;
    }

    private static void Run(string strategy, IPipelineObserver observer, int steps)
    {
        using var pipeline = new BatchPipeline<MarkedItem, bool>(
            new PipelineOptions { Strategy = EgressStrategy.Parse(strategy), BatchSize = 2, WorkerCount = 2, BufferCount = 4 },
            [SimulatedLanes.Create(SimulatedLanes.Timing(10, 8, copyIn: 1))], new MarkLoader(), new MarkChecker(processing: TimeSpan.FromMilliseconds(2)), observer);
        Assert.Null(PipelineDriver.Run(pipeline, 2L * steps).Reason);
    }
}
