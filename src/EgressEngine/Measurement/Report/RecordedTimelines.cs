using System.Runtime.CompilerServices;

namespace Egress.Measurement.Report;

/// <summary>
/// The timelines that go with results, as long as these live. They are no property of a result: a recording has no place in a table or
/// a CSV file.
/// </summary>
public static class RecordedTimelines
{
    private static readonly ConditionalWeakTable<ThroughputResult, StepTimeline> s_timelines = [];

    /// <summary>Lets a timeline go with a result.</summary>
    public static void Attach(ThroughputResult result, StepTimeline timeline) => s_timelines.AddOrUpdate(result, timeline);

    /// <summary>A result's timeline; null where none was recorded.</summary>
    public static StepTimeline? Find(ThroughputResult result) => s_timelines.TryGetValue(result, out var timeline) ? timeline : null;
}
