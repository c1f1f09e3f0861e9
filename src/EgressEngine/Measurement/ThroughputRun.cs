namespace Egress.Measurement;

/// <summary>The measured steps of one run.</summary>
/// <param name="Steps">How many they were.</param>
/// <param name="Seconds">Their time.</param>
/// <param name="StepMilliseconds">Time between their starts on the inference thread, in order.</param>
/// <param name="HostMemoryBytes">Bytes of host memory in the run's buffers.</param>
/// <param name="DeviceMemoryBytes">The most bytes of device memory in use, or null.</param>
public sealed record ThroughputRun(
    int Steps, double Seconds, IReadOnlyList<double> StepMilliseconds, long HostMemoryBytes, long? DeviceMemoryBytes)
{
    /// <summary>Steps per second.</summary>
    public double StepsPerSecond => Steps / Seconds;

    /// <summary>How long the stages' threads worked in that time.</summary>
    internal StageTimes StageTimes { get; init; } = new();
}
