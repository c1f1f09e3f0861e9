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

    /// <summary>The first of them, in which the inference thread only fills the buffers after it and runs ahead of the others.</summary>
    internal int FillSteps { get; init; }

    /// <summary>The most output buffers that were in use at once.</summary>
    internal int MostBuffersHeld { get; init; }
}
