using Egress.Pipeline;

namespace Egress.Measurement.Report;

/// <summary>
/// Records a few steps of each configuration of a sweep, right after its measurement. All strategies of a setting are recorded for the
/// same time, that of so many steps of the slowest one so far, so that their timelines can be set below each other.
/// </summary>
/// <param name="steps">Steps of the slowest strategy.</param>
public sealed class TimelineRecording(int steps)
{
    // A pipeline is in full swing once its buffers are in use; no run is made much longer than that for the sake of a picture.
    private const int FillSteps = 2;
    private const int MostFillSteps = 12;
    private const int TailSteps = 2;
    private const int MostSteps = 60;

    private readonly Dictionary<object, double> _slowest = [];

    /// <summary>Records a configuration and lets the timeline go with its result.</summary>
    /// <param name="result">Its result; one without a throughput is not recorded.</param>
    /// <param name="observe">Runs so many steps of it under an observer.</param>
    /// <exception cref="EgressException">The run ended with a fault.</exception>
    public void Record(ThroughputResult result, Action<IPipelineObserver, int> observe)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(observe);
        if (result.StepsPerSecond is not > 0)
        {
            return;
        }

        var step = 1000 / result.StepsPerSecond.Value;
        var slowest = Slowest(result, step);
        var fill = Math.Min(FillSteps + result.BufferCount, MostFillSteps);
        var shown = (int)Math.Min(Math.Ceiling(steps * slowest / step), MostSteps);
        var recorder = new TimelineRecorder();
        observe(recorder, fill + shown + TailSteps);
        if (recorder.Cut(fill, steps * slowest) is { } timeline)
        {
            RecordedTimelines.Attach(result, timeline);
        }
    }

    private double Slowest(ThroughputResult result, double step)
    {
        var setting = (
            result.Workload, result.Model, result.Device, result.Precision, result.OutputKind, result.ImageSize, result.SequenceLength, result.BatchSize,
            result.WorkerCount, result.LoaderCount);
        return _slowest[setting] = Math.Max(step, _slowest.GetValueOrDefault(setting));
    }
}
