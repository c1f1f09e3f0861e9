using Egress.Pipeline;

namespace Egress.Measurement;

/// <summary>
/// Finds what a run waited for: the part that was busy for the largest share of the measured time. What the limits say is not enough
/// for that. Alone, workers may be faster than beside loaders that use the same memory and processors; and a strategy that copies
/// into pageable memory waits for a copy that is several times as slow as the one whose limit was measured.
/// </summary>
internal static class WaitedStage
{
    /// <summary>Finds it.</summary>
    /// <param name="limits">What each part manages alone.</param>
    /// <param name="times">How long the stages' threads worked in the measured time.</param>
    /// <param name="options">The run's options.</param>
    /// <param name="laneCount">Its devices.</param>
    /// <param name="steps">The measured steps.</param>
    /// <param name="seconds">The measured time.</param>
    public static LimitingStage Find(
        ThroughputLimits limits, StageTimes times, PipelineOptions options, int laneCount, int steps, double seconds)
    {
        var rate = steps / seconds;
        var processors = options.Strategy.Processing == OutputProcessing.Inline ? laneCount : options.WorkerCount;
        (LimitingStage Stage, double Share)[] shares =
        [
            // Devices tell no times without a trace: they are as busy as the rate makes them.
            (LimitingStage.Compute, rate / limits.Compute),
            (LimitingStage.CopyOut, CopyOutShare(limits, times, options, laneCount, steps, seconds)),
            (LimitingStage.CopyIn, rate / limits.CopyIn),
            (LimitingStage.Processing, times.Seconds(PipelineStage.Process) / (processors * seconds)),
            (LimitingStage.Input, times.Seconds(PipelineStage.Load) / (options.LoaderCount * seconds)),
        ];
        return shares.MaxBy(part => part.Share).Stage;
    }

    private static double CopyOutShare(
        ThroughputLimits limits, StageTimes times, PipelineOptions options, int laneCount, int steps, double seconds)
    {
        if (options.Strategy.Completion == CopyCompletion.Event)
        {
            return steps / seconds / limits.CopyOut;
        }

        // The inference thread waits for computation and copy; what of that is not computation is the copy.
        var both = times.Seconds(PipelineStage.Compute) + times.Seconds(PipelineStage.CopyOut);
        var compute = steps * laneCount / limits.Compute;
        return (both - compute) / (laneCount * seconds);
    }
}
