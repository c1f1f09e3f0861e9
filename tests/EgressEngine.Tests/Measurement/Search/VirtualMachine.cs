using Egress.Devices.Simulated;
using Egress.Measurement;
using Egress.Measurement.Search;

namespace Egress.Tests.Measurement.Search;

/// <summary>
/// A machine whose throughput is known without waiting for it: the simulated device's durations put into the formulas that its runs
/// follow. <see cref="SimulatedMachineTests"/> holds it against the device itself.
/// </summary>
internal sealed class VirtualMachine(SimulatedTiming timing)
{
    /// <summary>The share by which a measurement may be off, at most.</summary>
    public double Noise { get; init; }

    /// <summary>What each thread more than there are processors costs all of them.</summary>
    public double CostOfThread { get; init; }

    /// <summary>How sharply the slowest part decides: real parts that take equally long get into each other's way.</summary>
    public double Sharpness { get; init; } = double.PositiveInfinity;

    public Random Random { get; init; } = new(1);

    /// <summary>Items a second, without noise; null where the device's memory does not suffice.</summary>
    public double? ItemsPerSecond(PipelineCandidate candidate)
    {
        if (!Fits(candidate))
        {
            return null;
        }

        var batch = candidate.BatchSize;
        var copyOut = timing.CopyTime(batch).TotalSeconds;
        var processing = timing.ProcessingTime(batch).TotalSeconds;
        var loading = timing.Load.TotalSeconds * batch;
        var cores = timing.Cores > 0 ? timing.Cores : double.PositiveInfinity;
        double[] parts =
        [
            timing.ComputeTime(batch).TotalSeconds,
            copyOut,
            timing.CopyInTime(batch).TotalSeconds,
            processing / Math.Min(candidate.WorkerCount, cores),
            loading / Math.Min(candidate.LoaderCount, cores),
            (processing + loading) / cores,
            (copyOut + (processing / Math.Min(candidate.WorkerCount, batch))) / candidate.BufferCount,
        ];
        var longest = parts.Max();
        var step = double.IsInfinity(Sharpness)
            ? longest
            : longest * Math.Pow(parts.Sum(part => Math.Pow(part / longest, Sharpness)), 1 / Sharpness);
        return batch / (step * Slowdown(candidate));
    }

    /// <summary>A run with its limits, as the engine would measure them.</summary>
    public TrialOutcome Try(PipelineCandidate candidate)
    {
        if (ItemsPerSecond(candidate) is not { } rate)
        {
            return new TrialOutcome(null, null, null, EgressErrorId.DeviceMemoryExhausted);
        }

        var batch = candidate.BatchSize;
        var cores = timing.Cores > 0 ? timing.Cores : double.PositiveInfinity;
        var limits = new ThroughputLimits(
            Measured(1 / timing.ComputeTime(batch).TotalSeconds),
            Measured(1 / timing.CopyTime(batch).TotalSeconds),
            Measured(1 / Math.Max(1e-9, timing.CopyInTime(batch).TotalSeconds)),
            Measured(Math.Min(candidate.WorkerCount, cores) / timing.ProcessingTime(batch).TotalSeconds),
            Measured(Math.Min(candidate.LoaderCount, cores) / (timing.Load.TotalSeconds * batch)));
        return new TrialOutcome(Measured(rate), limits, null, null);
    }

    private bool Fits(PipelineCandidate candidate) =>
        timing.MemoryBytes == 0 || candidate.BatchSize * timing.MemoryItemBytes <= timing.MemoryBytes;

    private double Slowdown(PipelineCandidate candidate) => timing.Cores == 0
        ? 1
        : 1 + (CostOfThread * Math.Max(0, candidate.WorkerCount + candidate.LoaderCount - timing.Cores) / timing.Cores);

    private double Measured(double rate) => rate * (1 + (Noise * ((2 * Random.NextDouble()) - 1)));
}
