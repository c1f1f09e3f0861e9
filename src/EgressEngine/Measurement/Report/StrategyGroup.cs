using Egress.Pipeline;

namespace Egress.Measurement.Report;

/// <summary>
/// A task's strategies in the same setting, so that they can be set side by side: of all settings that of the most strategies, and of
/// these the fastest. Buffers may differ, as only strategies with a pool have them.
/// </summary>
/// <param name="Task">The task.</param>
/// <param name="Results">The best result of each strategy in that setting, in the order of the strategies.</param>
/// <param name="Settings">How many settings there were.</param>
internal sealed record StrategyGroup(ReportTask Task, IReadOnlyList<ReportResult> Results, int Settings)
{
    /// <summary>Finds a task's group.</summary>
    public static StrategyGroup Of(ReportTask task)
    {
        var settings = task.Results.GroupBy(result => (result.BatchSize, result.WorkerCount, result.LoaderCount)).ToList();
        var best = settings
            .OrderByDescending(setting => setting.Select(result => result.Strategy).Distinct().Count())
            .ThenByDescending(setting => setting.Max(result => result.ImagesPerSecond ?? result.StepsPerSecond))
            .First();
        var results = best.GroupBy(result => result.Strategy)
            .Select(strategy => strategy.MaxBy(result => result.StepsPerSecond)!)
            .OrderBy(result => Order(result.Strategy))
            .ToList();
        return new StrategyGroup(task, results, settings.Count);
    }

    /// <summary>The place of a strategy among all: that of the article, and after it others by name.</summary>
    public static (int Known, string Name) Order(string strategy)
    {
        var index = EgressStrategy.All.ToList().FindIndex(known => known.Name == strategy);
        return (index < 0 ? int.MaxValue : index, strategy);
    }

    /// <summary>Task and setting in words.</summary>
    public string Description => string.Join(" · ", ((string?[])
    [
        Task.Description,
        Results[0].BatchSize is { } batch ? $"batches of {batch}" : null,
        Results[0].WorkerCount is { } workers ? Words.Count(workers, "worker") : null,
    ]).Where(part => !string.IsNullOrEmpty(part)));
}
