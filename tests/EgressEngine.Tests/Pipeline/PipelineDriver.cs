using System.Diagnostics;
using Egress.Pipeline;

namespace Egress.Tests.Pipeline;

/// <summary>Feeds a pipeline and takes from it on one thread, as a cmdlet does.</summary>
internal static class PipelineDriver
{
    /// <summary>Runs items through; stops where the run ends early, with the outcomes up to then and the reason.</summary>
    /// <param name="pipeline">The run.</param>
    /// <param name="items">Items to submit.</param>
    /// <param name="submitted">Called after each item.</param>
    public static DriverResult Run(BatchPipeline<MarkedItem, bool> pipeline, long items, Action<long>? submitted = null)
    {
        var outcomes = new List<ItemOutcome<MarkedItem, bool>>();
        try
        {
            Submit(pipeline, 0, items, outcomes, submitted);
            pipeline.CompleteInput();
            Drain(pipeline, outcomes);
            return new DriverResult(outcomes, null);
        }
        catch (Exception reason) when (reason is EgressException or OperationCanceledException)
        {
            return new DriverResult(outcomes, reason);
        }
    }

    /// <summary>Submits items and takes what is ready meanwhile.</summary>
    /// <param name="pipeline">The run.</param>
    /// <param name="from">The first item.</param>
    /// <param name="to">The one after the last item.</param>
    /// <param name="outcomes">Gets what is taken.</param>
    /// <param name="submitted">Called after each item.</param>
    /// <param name="isDone">Whether an item is submitted with its outcome.</param>
    public static void Submit(
        BatchPipeline<MarkedItem, bool> pipeline, long from, long to, List<ItemOutcome<MarkedItem, bool>> outcomes,
        Action<long>? submitted = null, Func<long, bool>? isDone = null)
    {
        var progress = Stopwatch.GetTimestamp();
        for (var number = from; number < to; number++)
        {
            var item = new MarkedItem(number);
            while (!(isDone?.Invoke(number) == true
                ? pipeline.TrySubmitDone(new ItemOutcome<MarkedItem, bool>(item, true, null))
                : pipeline.TrySubmit(item)))
            {
                Take(pipeline, outcomes, 5, ref progress);
            }

            progress = Stopwatch.GetTimestamp();
            submitted?.Invoke(number);
            while (pipeline.TryTake(out var ready, 0))
            {
                outcomes.Add(ready);
            }
        }
    }

    /// <summary>Takes everything up to the end of the run, whatever that is.</summary>
    public static void Drain(BatchPipeline<MarkedItem, bool> pipeline, List<ItemOutcome<MarkedItem, bool>> outcomes)
    {
        var progress = Stopwatch.GetTimestamp();
        while (!pipeline.IsCompleted)
        {
            Take(pipeline, outcomes, 100, ref progress);
        }

        // The end of a faulted run shows here even when its last outcome was taken already.
        pipeline.TryTake(out _, 0);
    }

    private static void Take(
        BatchPipeline<MarkedItem, bool> pipeline, List<ItemOutcome<MarkedItem, bool>> outcomes, int milliseconds, ref long progress)
    {
        if (pipeline.TryTake(out var outcome, milliseconds))
        {
            outcomes.Add(outcome);
            progress = Stopwatch.GetTimestamp();
        }
        else if (Stopwatch.GetElapsedTime(progress) > Bounded.HangLimit)
        {
            Assert.Fail($"The pipeline hangs after {outcomes.Count} outcomes.\n{pipeline.Describe()}");
        }
    }
}

/// <summary>What came out of a run, and why it ended early if it did.</summary>
internal sealed record DriverResult(List<ItemOutcome<MarkedItem, bool>> Outcomes, Exception? Reason);
