using Egress.Input;

namespace Egress.Operations;

/// <summary>How a run does its work, for its log, its trace and its summary.</summary>
public sealed record RunDescription
{
    /// <summary>The devices, separated by commas.</summary>
    public string Device { get; init; } = "";

    /// <summary>The strategy.</summary>
    public string Strategy { get; init; } = "";

    /// <summary>Pictures in a batch.</summary>
    public int BatchSize { get; init; }

    /// <summary>What leaves the device.</summary>
    public string OutputKind { get; init; } = "";

    /// <summary>The form of the outputs.</summary>
    public string OutputFormat { get; init; } = "";

    /// <summary>The part of the pictures that is this run's.</summary>
    public ShardAssignment Shard { get; init; } = ShardAssignment.Whole;
}
