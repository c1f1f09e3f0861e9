using Egress.Buffers;

namespace Egress.Pipeline;

/// <summary>
/// A design for getting a batch's output off the device. The five of the article differ in four choices and in nothing else;
/// a sixth is one more row in <see cref="All"/>.
/// </summary>
public sealed record EgressStrategy
{
    /// <summary>Synchronous copy into fresh pageable memory, then processing in the loop.</summary>
    public static readonly EgressStrategy Baseline =
        new("Baseline", HostMemoryKind.Fresh, CopyCompletion.Blocking, CopyQueue.Compute, OutputProcessing.Inline);

    /// <summary>The copy as before; the output goes over a bounded queue to workers.</summary>
    public static readonly EgressStrategy MultiWorker =
        new("MultiWorker", HostMemoryKind.Fresh, CopyCompletion.Blocking, CopyQueue.Compute, OutputProcessing.Workers);

    /// <summary>Copy into pre-allocated buffers, handed back after processing.</summary>
    public static readonly EgressStrategy BufferPool =
        new("BufferPool", HostMemoryKind.Pageable, CopyCompletion.Blocking, CopyQueue.Compute, OutputProcessing.Workers);

    /// <summary>Pinned buffers, copy that nobody waits for, an event a buffer, a monitor that hands on what has arrived.</summary>
    public static readonly EgressStrategy AsyncCopy =
        new("AsyncCopy", HostMemoryKind.Pinned, CopyCompletion.Event, CopyQueue.Compute, OutputProcessing.Workers);

    /// <summary>The same copy on a stream of its own, ordered after compute by an event.</summary>
    public static readonly EgressStrategy Pipelined =
        new("Pipelined", HostMemoryKind.Pinned, CopyCompletion.Event, CopyQueue.Egress, OutputProcessing.Workers);

    private EgressStrategy(
        string name, HostMemoryKind memory, CopyCompletion completion, CopyQueue queue, OutputProcessing processing)
    {
        Name = name;
        Memory = memory;
        Completion = completion;
        Queue = queue;
        Processing = processing;
    }

    /// <summary>All strategies, each an improvement on the one before.</summary>
    public static IReadOnlyList<EgressStrategy> All { get; } = [Baseline, MultiWorker, BufferPool, AsyncCopy, Pipelined];

    /// <summary>The name that users select it by.</summary>
    public string Name { get; }

    /// <summary>Where the output is copied to: memory allocated for each batch, or a pool's buffers.</summary>
    public HostMemoryKind Memory { get; }

    /// <summary>Whether the inference loop waits for the copy.</summary>
    public CopyCompletion Completion { get; }

    /// <summary>Which stream the copy is enqueued on.</summary>
    public CopyQueue Queue { get; }

    /// <summary>Which thread processes the output.</summary>
    public OutputProcessing Processing { get; }

    /// <summary>Whether it takes its memory from a pool.</summary>
    public bool UsesPool => Memory != HostMemoryKind.Fresh;

    /// <summary>Finds a strategy by name, in any case.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.OptionInvalid"/>: there is none of that name.</exception>
    public static EgressStrategy Parse(string name) =>
        All.FirstOrDefault(strategy => strategy.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new EgressException(
            EgressErrorId.OptionInvalid,
            EgressErrorCategory.InvalidArgument,
            $"'{name}' is not a strategy.",
            $"Use one of {string.Join(", ", All.Select(strategy => strategy.Name))}.",
            name);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
