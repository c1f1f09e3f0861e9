using Egress.Measurement;

namespace Egress.Tests.Measurement;

/// <summary>Results as measurements give them, for what is made of results.</summary>
internal static class SampleResults
{
    public static ThroughputResult Measured(int batchSize, params double[] samples) => new()
    {
        Strategy = "Pipelined",
        Model = "pointwise",
        Device = "simulated:compute=1,copy=0.5,in=0,processing=1",
        Precision = "Float32",
        OutputKind = "Logits",
        BatchSize = batchSize,
        ImageSize = 64,
        ClassCount = 21,
        WorkerCount = 2,
        BufferCount = 4,
        LoaderCount = 1,
        Steps = 20,
        Repeat = samples.Length,
        StepsPerSecond = samples.Order().ElementAt(samples.Length / 2),
        Samples = new ThroughputSamples(samples),
        ImagesPerSecond = batchSize * samples[0],
        LimitedBy = "Compute",
        Limits = new ThroughputLimits(100.5, 200, 300, 400, 500),
        Verified = true,
        IsNoisy = false,
        HostMemoryBytes = 123_456_789_012,
        Advice = "Use \"quotes\", commas\nand lines.",
        Machine = "m1",
        MeasuredAt = new DateTimeOffset(2026, 3, 4, 5, 6, 7, 890, TimeSpan.FromHours(2)),
    };

    public static ThroughputResult Failed(int batchSize) => Measured(batchSize, 1) with
    {
        Status = ThroughputStatus.Failed,
        Repeat = 0,
        StepsPerSecond = null,
        Samples = null,
        ImagesPerSecond = null,
        Limits = null,
        ErrorId = EgressErrorId.DeviceMemoryExhausted,
        Error = "Too large.",
    };
}
