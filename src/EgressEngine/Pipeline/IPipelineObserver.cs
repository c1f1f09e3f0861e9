namespace Egress.Pipeline;

/// <summary>
/// Sees a run from inside: for counters, limits and timelines. It is called on the stages' own threads, so it must be quick and
/// thread-safe; only <see cref="BeforeStep"/> may wait.
/// </summary>
public interface IPipelineObserver
{
    /// <summary>Called on a lane's inference thread before a batch is computed. Waiting here holds the lane.</summary>
    /// <param name="index">Batches that this lane has computed before.</param>
    /// <param name="cancellationToken">Cancelled when the run ends early.</param>
    void BeforeStep(long index, CancellationToken cancellationToken);

    /// <summary>A stage worked on a batch, or waited for something before it could.</summary>
    /// <param name="stage">What it did.</param>
    /// <param name="batch">The batch's number.</param>
    /// <param name="startTicks">The beginning, in <see cref="System.Diagnostics.Stopwatch"/> ticks.</param>
    /// <param name="endTicks">The end.</param>
    void StageEnded(PipelineStage stage, long batch, long startTicks, long endTicks);

    /// <summary>All of a batch's output is processed: called once a batch, after the last of its parts.</summary>
    /// <param name="batch">The batch's number.</param>
    /// <param name="ticks">When the last part ended.</param>
    void BatchProcessed(long batch, long ticks)
    {
    }
}
