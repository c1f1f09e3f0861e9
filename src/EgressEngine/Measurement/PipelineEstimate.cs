using Egress.Pipeline;

namespace Egress.Measurement;

/// <summary>
/// What a run takes for a step where nothing but its own parts holds it up: the formula of each design, as the simulated device
/// follows it. On a real machine parts also compete for processors and memory, so that it is an upper bound of the rate there.
/// </summary>
/// <param name="Compute">Seconds that the devices compute a step, all together.</param>
/// <param name="CopyOut">Seconds of the output's copy into memory that exists already.</param>
/// <param name="CopyIn">Seconds of the input's copy.</param>
/// <param name="Processing">Seconds that one worker takes for the output.</param>
/// <param name="Loading">Seconds that one loader takes for the input.</param>
internal sealed record PipelineEstimate(double Compute, double CopyOut, double CopyIn, double Processing, double Loading)
{
    /// <summary>The parts' times by what they manage alone.</summary>
    /// <param name="limits">What each part manages alone.</param>
    /// <param name="workerCount">Workers that processed.</param>
    /// <param name="loaderCount">Loaders that loaded.</param>
    public static PipelineEstimate From(ThroughputLimits limits, int workerCount, int loaderCount) => new(
        1 / limits.Compute, 1 / limits.CopyOut, 1 / limits.CopyIn, workerCount / limits.Processing, loaderCount / limits.Input);

    /// <summary>Seconds a step.</summary>
    public double StepSeconds(EgressStrategy strategy, int batchSize, int workerCount, int loaderCount, int bufferCount)
    {
        var input = Math.Max(CopyIn, Loading / loaderCount);
        var loop = Compute;
        if (strategy.Queue == CopyQueue.Compute)
        {
            loop += CopyOut;
        }

        if (strategy.Processing == OutputProcessing.Inline)
        {
            return Math.Max(input, loop + Processing);
        }

        var steps = Math.Max(Math.Max(loop, CopyOut), Processing / workerCount);
        if (strategy.UsesPool)
        {
            steps = Math.Max(steps, HoldSeconds(batchSize, workerCount) / bufferCount);
        }

        return Math.Max(input, steps);
    }

    /// <summary>The fewest buffers that hold nothing up at a rate.</summary>
    public int BuffersFor(double stepSeconds, int batchSize, int workerCount) =>
        Math.Max(2, (int)Math.Ceiling((HoldSeconds(batchSize, workerCount) / stepSeconds) - 1e-9));

    /// <summary>How long a step holds its output buffer: its copy, and its processing by workers that share it.</summary>
    private double HoldSeconds(int batchSize, int workerCount) => CopyOut + (Processing / Math.Min(workerCount, batchSize));
}
