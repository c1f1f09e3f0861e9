using Egress.Pipeline;

namespace Egress.Tests.Pipeline;

/// <summary>Feeds a pipeline and takes from it on one thread, as a cmdlet does.</summary>
internal static class PipelineDriver
{
    /// <summary>A run that takes longer than this hangs.</summary>
    public static readonly TimeSpan HangLimit = TimeSpan.FromSeconds(60);

    /// <summary>Runs items through; stops where the run ends early, with the outcomes up to then and the reason.</summary>
    public static DriverResult Run(BatchPipeline<MarkedItem, bool> pipeline, long items, Action<long>? submitted = null)
    {
        var outcomes = new List<ItemOutcome<MarkedItem, bool>>();
        var deadline = DateTime.UtcNow + HangLimit;
        try
        {
            for (long number = 0; number < items; number++)
            {
                while (!pipeline.TrySubmit(new MarkedItem(number)))
                {
                    Take(pipeline, outcomes, 5, deadline);
                }

                submitted?.Invoke(number);
                while (pipeline.TryTake(out var ready, 0))
                {
                    outcomes.Add(ready);
                }
            }

            pipeline.CompleteInput();
            while (!pipeline.IsCompleted)
            {
                Take(pipeline, outcomes, 100, deadline);
            }

            // The end of a faulted run shows here even when its last outcome was taken already.
            pipeline.TryTake(out _, 0);
            return new DriverResult(outcomes, null);
        }
        catch (Exception reason) when (reason is EgressException or OperationCanceledException)
        {
            return new DriverResult(outcomes, reason);
        }
    }

    private static void Take(
        BatchPipeline<MarkedItem, bool> pipeline, List<ItemOutcome<MarkedItem, bool>> outcomes, int milliseconds, DateTime deadline)
    {
        if (pipeline.TryTake(out var outcome, milliseconds))
        {
            outcomes.Add(outcome);
        }
        else if (DateTime.UtcNow > deadline)
        {
            throw new TimeoutException($"The pipeline hangs after {outcomes.Count} outcomes.");
        }
    }
}

/// <summary>What came out of a run, and why it ended early if it did.</summary>
internal sealed record DriverResult(List<ItemOutcome<MarkedItem, bool>> Outcomes, Exception? Reason);
