namespace Egress.Measurement.Report;

/// <summary>
/// Timelines of a few steps of each strategy, one chart a task, as the article's figures show them: lanes for compute, copies and
/// processing, and where a lane is empty, idle time. All strategies of a chart have one time scale.
/// </summary>
internal static class TimelineCharts
{
    private const int MaxRows = 12;

    private static readonly (StepWork Work, string Name, ChartColor Color)[] s_lanes =
    [
        (StepWork.Compute, "compute", ChartColor.Compute),
        (StepWork.CopyIn, "copy in", ChartColor.CopyIn),
        (StepWork.CopyOut, "copy out", ChartColor.CopyOut),
    ];

    public static IEnumerable<TimelineChart> Build(IReadOnlyList<StrategyGroup> groups)
    {
        var recorded = groups
            .Select(group => group with { Results = [.. group.Results.Where(result => result.Timeline is not null)] })
            .Where(group => group.Results.Count > 0)
            .ToList();
        return recorded.Select((group, index) => Build(group, ReportTask.ChartName("timeline", index, recorded.Count)));
    }

    private static TimelineChart Build(StrategyGroup group, string name)
    {
        var panels = group.Results.Select(Panel).ToList();
        return new TimelineChart
        {
            Name = name,
            Title = "Timeline of a few steps",
            Subtitle = group.Description,
            Caption = "Recorded in a run of its own after the measured one. Numbers are batches, per cents the share of the time in which the lane was "
                + "busy; where a lane is empty, it was idle.",
            Alternative = "Timelines of compute, copies and processing. "
                + string.Join(" ", panels.Select(panel => $"{panel.Title}: {string.Join(", ", panel.Lanes.Select(lane => lane.Name))} busy.")),
            Panels = panels,
            Milliseconds = panels.Max(panel => panel.Milliseconds),
        };
    }

    private static TimelinePanel Panel(ReportResult result)
    {
        var timeline = result.Timeline!;
        var lanes = new List<TimelineLane>();
        for (var device = 0; device < timeline.Devices.Count; device++)
        {
            var index = device;
            var prefix = timeline.Devices.Count > 1 ? timeline.Devices[device] + " " : "";
            lanes.AddRange(s_lanes.Select(lane => Lane(
                prefix + lane.Name, lane.Color, timeline, timeline.Spans.Where(span => span.Work == lane.Work && span.Device == index))));
        }

        lanes.Add(Lane("processing", ChartColor.Processing, timeline, timeline.Spans.Where(span => span.Work == StepWork.Processing)));
        return new TimelinePanel(
            $"{result.Strategy}, {Words.Number(result.StepsPerSecond!.Value)} steps/s",
            [.. lanes.Where(lane => lane.Blocks.Count > 0)],
            timeline.Milliseconds);
    }

    private static TimelineLane Lane(string name, ChartColor color, StepTimeline timeline, IEnumerable<StepSpan> spans)
    {
        var blocks = new List<TimelineBlock>();
        var rowEnds = new List<double>();
        double busy = 0, covered = 0;
        foreach (var span in spans.OrderBy(span => span.Start))
        {
            var start = Math.Max(0, span.Start);
            var end = Math.Min(timeline.Milliseconds, span.End);
            busy += Math.Max(0, end - Math.Max(start, covered));
            covered = Math.Max(covered, end);

            // Clocks of devices agree to some microseconds: neighbours that seem to overlap by so little lie in one row all the same.
            var row = rowEnds.FindIndex(free => span.Start >= free - 0.05);
            if (row < 0)
            {
                row = rowEnds.Count;
                rowEnds.Add(0);
            }

            rowEnds[row] = span.End;
            if (row < MaxRows)
            {
                blocks.Add(new TimelineBlock(start, end, span.Batch, row));
            }
        }

        var share = timeline.Milliseconds > 0 ? busy / timeline.Milliseconds : 0;
        return new TimelineLane($"{name} {Math.Round(share * 100):0}\u00A0%", color, Math.Clamp(rowEnds.Count, 1, MaxRows), blocks);
    }
}
