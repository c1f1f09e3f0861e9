using System.Globalization;
using Egress.Pipeline;

namespace Egress.Measurement;

/// <summary>
/// What to change about a configuration, by asking of each change what it would make of the parts' times. Only changes of what the
/// run waited for are thought of, and only a gain of a twentieth and more is worth a word.
/// </summary>
/// <param name="configuration">The configuration.</param>
/// <param name="limits">What each part manages alone.</param>
/// <param name="waited">What the run waited for.</param>
/// <param name="stepsPerSecond">What it made.</param>
internal sealed class TuningAdvice(
    ThroughputConfiguration configuration, ThroughputLimits limits, LimitingStage waited, double stepsPerSecond)
{
    private const double WorthAWord = 1.05;
    private const long BytesWorthAWord = 16 << 20;

    private readonly PipelineEstimate _parts = PipelineEstimate.From(limits, configuration.WorkerCount, configuration.LoaderCount);
    private readonly EgressStrategy _strategy = EgressStrategy.Parse(configuration.Strategy);

    /// <summary>The share of the measured time that the inference threads waited for an output buffer.</summary>
    public double BufferWait { get; init; }

    /// <summary>The most output buffers that were in use at once.</summary>
    public int BuffersUsed { get; init; }

    /// <summary>Bytes of an output buffer.</summary>
    public long BufferBytes { get; init; }

    /// <summary>Bytes of one item's labels over those of its output now.</summary>
    public double LabelShare { get; init; } = 1;

    /// <summary>Threads that can work at once; more are no faster, except where they wait as a simulated device's do.</summary>
    public int Processors { get; init; } = Environment.ProcessorCount;

    /// <summary>The sentence, or null where nothing is to be gained.</summary>
    public string? Sentence()
    {
        // Labels in place of scores are another result: that is the last thing to think of.
        return Best(Changes()) ?? Best([Labels()]) ?? FewerBuffers();
    }

    private string? Best(IEnumerable<(double Rate, string? Text)> changes) =>
        changes.Where(change => change.Rate > stepsPerSecond * WorthAWord).Append(default).MaxBy(change => change.Rate).Text;

    private IEnumerable<(double Rate, string? Text)> Changes()
    {
        if (_strategy != EgressStrategy.Pipelined && waited is not LimitingStage.Input and not LimitingStage.CopyIn)
        {
            var workers = configuration.WorkerCount;
            var buffers = _strategy.UsesPool ? configuration.BufferCount : workers + 2;
            var rate = 1 / _parts.StepSeconds(EgressStrategy.Pipelined, configuration.BatchSize, workers, configuration.LoaderCount, buffers);
            yield return (rate, Text($"Use -Strategy Pipelined: it copies and processes beside the computation, which allows {rate:0.##} steps/s instead of {stepsPerSecond:0.##}."));
        }

        if (waited == LimitingStage.Processing && _strategy.Processing == OutputProcessing.Workers)
        {
            yield return MoreWorkers();
        }

        if (waited == LimitingStage.Input)
        {
            yield return MoreLoaders();
        }

        if (_strategy.UsesPool && BufferWait > 1 - (1 / WorthAWord) && waited != LimitingStage.Processing)
        {
            yield return MoreBuffers();
        }
    }

    private (double Rate, string? Text) Labels()
    {
        if (LabelShare > 0.5 || waited is not (LimitingStage.CopyOut or LimitingStage.Processing))
        {
            return default;
        }

        var reduced = _parts with { CopyOut = _parts.CopyOut * LabelShare, Processing = _parts.Processing * LabelShare };
        var rate = Scaled(reduced, configuration.WorkerCount, configuration.LoaderCount, configuration.BufferCount);
        return (rate, Text($"Use -OutputKind Labels if classes are all you need: 1/{1 / LabelShare:0} of the bytes leave the device, which allows {rate:0.##} steps/s instead of {stepsPerSecond:0.##}."));
    }

    private (double Rate, string? Text) MoreWorkers()
    {
        var others = new[] { limits.Compute, limits.CopyOut, limits.CopyIn, limits.Input }.Min();
        var wanted = Math.Min(Bound(others * _parts.Processing), MostThreads);
        if (wanted <= configuration.WorkerCount)
        {
            return default;
        }

        var rate = Scaled(_parts, wanted, configuration.LoaderCount, Math.Max(configuration.BufferCount, 2));
        return (rate, Text($"Use -WorkerCount {wanted}: {Manage(configuration.WorkerCount, "worker")} {limits.Processing:0.##} steps/s, and everything else {others:0.##}."));
    }

    private (double Rate, string? Text) MoreLoaders()
    {
        var others = new[] { limits.Compute, limits.CopyOut, limits.CopyIn, limits.Processing }.Min();
        var wanted = Math.Min(Bound(others * _parts.Loading), MostThreads);
        if (wanted <= configuration.LoaderCount)
        {
            return default;
        }

        var rate = Scaled(_parts, configuration.WorkerCount, wanted, configuration.BufferCount);
        return (rate, Text($"Use -LoaderCount {wanted}: {Manage(configuration.LoaderCount, "loader")} {limits.Input:0.##} steps/s, and everything else {others:0.##}."));
    }

    private (double Rate, string? Text) MoreBuffers()
    {
        var wanted = _parts.BuffersFor(1 / limits.StepsPerSecond, configuration.BatchSize, configuration.WorkerCount) + 1;
        if (wanted <= configuration.BufferCount)
        {
            return default;
        }

        var rate = Scaled(_parts, configuration.WorkerCount, configuration.LoaderCount, wanted);
        return (rate, Text($"Use -BufferCount {wanted}: the device waits {BufferWait:0%} of the time for one of {configuration.BufferCount} output buffers."));
    }

    private string? FewerBuffers()
    {
        var bytes = (configuration.BufferCount - BuffersUsed) * BufferBytes;
        return _strategy.UsesPool && BuffersUsed > 0 && bytes >= BytesWorthAWord
            ? Text($"Use -BufferCount {BuffersUsed}: no more of the {configuration.BufferCount} output buffers were in use at once, and {bytes / 1e9:0.00} GB of host memory are saved.")
            : null;
    }

    /// <summary>The rate that was measured, times what the formula says of the change.</summary>
    private double Scaled(PipelineEstimate parts, int workers, int loaders, int buffers)
    {
        var before = _parts.StepSeconds(
            _strategy, configuration.BatchSize, configuration.WorkerCount, configuration.LoaderCount, Math.Max(1, configuration.BufferCount));
        return stepsPerSecond * before / parts.StepSeconds(_strategy, configuration.BatchSize, workers, loaders, Math.Max(1, buffers));
    }

    /// <summary>Threads of the other kind have work too.</summary>
    private int MostThreads => configuration.Device.StartsWith("simulated", StringComparison.Ordinal) ? int.MaxValue : Math.Max(1, Processors - 1);

    // The measured times are a little long: a machine that needs 4.02 threads needs 4.
    private static int Bound(double threads) => (int)Math.Clamp(Math.Ceiling(threads - 0.05), 1, 1024);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Manage(int count, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {unit}{(count == 1 ? " alone manages" : "s alone manage")}");
}
