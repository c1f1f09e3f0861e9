namespace Egress.Measurement.Report;

/// <summary>What devices and workers did during a few steps of a configuration in full swing.</summary>
public sealed class StepTimeline
{
    internal StepTimeline(IReadOnlyList<StepSpan> spans, double milliseconds, IReadOnlyList<string> devices)
    {
        Spans = spans;
        Milliseconds = milliseconds;
        Devices = devices;
    }

    /// <summary>The work, in no order.</summary>
    public IReadOnlyList<StepSpan> Spans { get; }

    /// <summary>The length of the recording in milliseconds; it begins with the computation of a batch.</summary>
    public double Milliseconds { get; }

    /// <summary>The devices that <see cref="StepSpan.Device"/> counts.</summary>
    public IReadOnlyList<string> Devices { get; }
}

/// <summary>A piece of work.</summary>
/// <param name="Work">What was done.</param>
/// <param name="Device">Which device did it, from 0; processing belongs to none and has 0.</param>
/// <param name="Batch">The batch's number in the recording, from 1.</param>
/// <param name="Start">When it began, in milliseconds from the beginning of the recording; it may lie before it.</param>
/// <param name="End">When it ended; it may lie behind the end of the recording.</param>
public sealed record StepSpan(StepWork Work, int Device, long Batch, double Start, double End);

/// <summary>What a <see cref="StepSpan"/> is the time of.</summary>
public enum StepWork
{
    /// <summary>The model is computed.</summary>
    Compute,

    /// <summary>The input is copied to the device.</summary>
    CopyIn,

    /// <summary>The output is copied to the host.</summary>
    CopyOut,

    /// <summary>A worker, or the loop itself, processes the output or a part of it.</summary>
    Processing,
}
