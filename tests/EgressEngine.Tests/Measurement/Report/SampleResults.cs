using Egress.Measurement.Report;

namespace Egress.Tests.Measurement.Report;

/// <summary>Results to make charts and reports of.</summary>
internal static class SampleResults
{
    /// <summary>The article's table: its five strategies and a limit of 1.92 steps a second.</summary>
    public static IReadOnlyList<ReportResult> Article { get; } =
    [
        Result("Baseline", 0.45), Result("MultiWorker", 0.71), Result("BufferPool", 1.51), Result("AsyncCopy", 1.55), Result("Pipelined", 1.85),
    ];

    /// <summary>A result whose other numbers follow from its throughput.</summary>
    public static ReportResult Result(string strategy, double steps, int batchSize = 64, int workers = 8, int buffers = 8) => new()
    {
        Strategy = strategy,
        Model = "deeplabv3_resnet50",
        Device = "cuda:0",
        Precision = "Float32",
        OutputKind = "Logits",
        BatchSize = batchSize,
        ImageSize = 512,
        ClassCount = 21,
        WorkerCount = workers,
        BufferCount = strategy is "Baseline" or "MultiWorker" ? 0 : buffers,
        LoaderCount = 8,
        Steps = 100,
        Repeat = 5,
        StepsPerSecond = steps,
        Confidence = new Interval(steps * 0.98, steps * 1.03),
        Noise = 0.025,
        ImagesPerSecond = steps * batchSize,
        EgressGBPerSecond = steps * batchSize * 0.022,
        StepMilliseconds = 1000 / steps,
        Speedup = steps / 0.45,
        LimitStepsPerSecond = 1.92,
        LimitSetBy = "Compute",
        LimitedBy = "Compute",
        Efficiency = steps / 1.92,
        HostMemoryBytes = batchSize * 22_000_000L * (buffers + 1),
        Verified = true,
        Machine = Environment.MachineName,
    };

    /// <summary>A configuration that failed.</summary>
    public static ReportResult Failed { get; } = Result("Pipelined", 1, batchSize: 512) with
    {
        StepsPerSecond = null,
        Confidence = null,
        ImagesPerSecond = null,
        EgressGBPerSecond = null,
        StepMilliseconds = null,
        Speedup = null,
        Efficiency = null,
        LimitStepsPerSecond = null,
        HostMemoryBytes = null,
        ErrorId = "DeviceMemoryExhausted",
        Error = "No room for <b>11 GB</b> & more.",
        Advice = "Ask for less with -BatchSize.",
    };

    /// <summary>A report of results.</summary>
    public static ThroughputReport Make(params IEnumerable<ReportResult> results) =>
        new(results, [new(ReportEnvironment.Machine, "Name", "here"), new(ReportEnvironment.Call, "Command line", "Measure-EgressThroughput <all>")], "Title & more");
}
