using Egress.Measurement.Sweeps;
using Egress.Pipeline;

namespace Egress.Measurement;

/// <summary>A configuration of some workload as a sweep takes it: what it is, what it can share with others, how it is measured.</summary>
public interface IMeasuredConfiguration
{
    /// <summary>What tells it from others.</summary>
    ThroughputConfiguration Description { get; }

    /// <summary>How its runs are spread over threads and buffers.</summary>
    PipelineOptions Pipeline { get; }

    /// <summary>Model and devices: configurations where these are equal share what <see cref="Open"/> gives.</summary>
    object SharedKey { get; }

    /// <summary>Opens the devices and builds the model on each.</summary>
    /// <exception cref="EgressException">A device is missing, or the model does not fit.</exception>
    IDeviceLanes Open();

    /// <summary>Prepares the measurement.</summary>
    /// <param name="model">What <see cref="Open"/> gave, for this configuration or one with an equal <see cref="SharedKey"/>.</param>
    /// <param name="options">How long to measure.</param>
    /// <param name="share">What is shared with other configurations.</param>
    IThroughputMeter CreateMeter(IDeviceLanes model, ThroughputOptions options, SweepShare share);
}
