namespace Egress.Measurement.Search;

/// <summary>What trying a configuration gave.</summary>
/// <param name="ItemsPerSecond">Its throughput; null where it failed.</param>
/// <param name="Limits">What its parts managed alone, in steps per second; null where that was not measured.</param>
/// <param name="DeviceBytes">Device memory that it took, where that is known.</param>
/// <param name="ErrorId">The error of one that failed.</param>
public sealed record TrialOutcome(double? ItemsPerSecond, ThroughputLimits? Limits, long? DeviceBytes, string? ErrorId);
