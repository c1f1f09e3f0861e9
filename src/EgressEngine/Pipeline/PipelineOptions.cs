using Egress.Buffers;

namespace Egress.Pipeline;

/// <summary>How a run is cut into batches and spread over threads and buffers.</summary>
public sealed record PipelineOptions
{
    /// <summary>How outputs leave the device.</summary>
    public EgressStrategy Strategy { get; init; } = EgressStrategy.Pipelined;

    /// <summary>Items in a batch; the last batch may be smaller.</summary>
    public int BatchSize { get; init; } = 1;

    /// <summary>Threads that load inputs.</summary>
    public int LoaderCount { get; init; } = 1;

    /// <summary>Threads that process outputs, for strategies that have workers.</summary>
    public int WorkerCount { get; init; } = 1;

    /// <summary>Output buffers in the run's own pool, for strategies that use one; not used with <see cref="BufferPool"/>.</summary>
    public int BufferCount { get; init; } = 2;

    /// <summary>A pool of the caller's, or null for one of the run's own.</summary>
    public HostBufferPool? BufferPool { get; init; }

    /// <summary>How long a stage may be at one batch before that is reported.</summary>
    public TimeSpan StallWarning { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a stage may be at one batch before the run ends with an error; null: for ever.</summary>
    public TimeSpan? StallTimeout { get; init; }

    /// <summary>
    /// How long a run that ends early waits for its stages. One that is still in a call that does not return is left behind then,
    /// with the memory that the call may touch.
    /// </summary>
    public TimeSpan EndTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether a batch that is not full is computed as if it were. The kernels that a library chooses, and with them the last bits of
    /// the results, depend on the size of the batch; computed so, an item's output does not depend on how many others there are.
    /// </summary>
    public bool ComputesWholeBatches { get; init; }

    /// <summary>
    /// Whether workers share each batch, which frees its host memory soonest; otherwise one worker takes it whole, for outputs that are
    /// stored a batch at a time.
    /// </summary>
    public bool SharesBatches { get; init; } = true;

    /// <summary>
    /// Host buffers for inputs: one is filled, or more where batches are smaller than the number of loaders, which would wait for
    /// each other; one is ready; and one is on its way to each lane.
    /// </summary>
    /// <param name="laneCount">Devices that take batches.</param>
    public int InputBufferCount(int laneCount) => Math.Max(1, (LoaderCount + BatchSize - 1) / BatchSize) + 1 + laneCount;

    /// <summary>Throws where a number makes no sense.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.OptionInvalid"/>.</exception>
    public void Validate()
    {
        RequirePositive(BatchSize, nameof(BatchSize));
        RequirePositive(LoaderCount, nameof(LoaderCount));
        RequirePositive(WorkerCount, nameof(WorkerCount));
        RequirePositive(BufferCount, nameof(BufferCount));
    }

    private static void RequirePositive(int value, string name)
    {
        if (value < 1)
        {
            throw new EgressException(
                EgressErrorId.OptionInvalid, EgressErrorCategory.InvalidArgument, $"{name} is {value}.", $"Use a -{name} of 1 or more.", value);
        }
    }
}
