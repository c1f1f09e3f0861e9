using System.Diagnostics;
using Egress.Devices;
using Egress.Pipeline;

namespace Egress.Measurement;

/// <summary>
/// Finds the measured steps of a run and takes their time, as the article does: at both ends everything that was started has ended
/// and the device is synchronised, while the loaders go on. A vendor's profiler that waits for it records just these steps.
/// </summary>
internal sealed class StepWindow(ThroughputOptions options, IReadOnlyList<PipelineLane> lanes) : IPipelineObserver, IDisposable
{
    // A lane that drains holds the others here, so that it is a barrier for all of them.
    private readonly Lock _lock = new();
    private readonly Lock _heldLock = new();
    private readonly List<double> _stepMilliseconds = new(options.Steps);
    private int _started;
    private int _processed;
    private long _startTicks;
    private long _endTicks;
    private long _lastStepTicks;
    private int _profiling;
    private int _buffersHeld;
    private int _mostBuffersHeld;

    /// <summary>Time of the measured steps in seconds.</summary>
    public double Seconds => Stopwatch.GetElapsedTime(_startTicks, _endTicks).TotalSeconds;

    /// <summary>Time between the measured steps' starts on the inference thread, in milliseconds, in order.</summary>
    public IReadOnlyList<double> StepMilliseconds => _stepMilliseconds;

    /// <summary>The most output buffers that were in use at once in that time.</summary>
    public int MostBuffersHeld => Volatile.Read(ref _mostBuffersHeld);

    /// <summary>How long the stages' threads worked in that time.</summary>
    public StageTimes StageTimes { get; } = new();

    /// <inheritdoc/>
    public void BeforeStep(long index, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var step = _started++;
            if (step > options.WarmupSteps && step <= options.WarmupSteps + options.Steps)
            {
                var now = Stopwatch.GetTimestamp();
                _stepMilliseconds.Add(Stopwatch.GetElapsedTime(_lastStepTicks, now).TotalMilliseconds);
            }

            if (step == options.WarmupSteps)
            {
                Drain(step, cancellationToken);
                StartProfiler();
                _startTicks = Stopwatch.GetTimestamp();
                StageTimes.Open(_startTicks);
            }
            else if (step == options.WarmupSteps + options.Steps)
            {
                Drain(step, cancellationToken);
                End(Stopwatch.GetTimestamp());
            }

            _lastStepTicks = Stopwatch.GetTimestamp();
        }
    }

    /// <inheritdoc/>
    public void StageEnded(PipelineStage stage, long batch, long startTicks, long endTicks)
    {
        StageTimes.Add(stage, startTicks, endTicks);
        if (stage == PipelineStage.WaitBuffer)
        {
            // Given back by the worker that processes the batch's last part.
            var held = Interlocked.Increment(ref _buffersHeld);
            if (Volatile.Read(ref _startTicks) != 0 && Volatile.Read(ref _endTicks) == 0)
            {
                lock (_heldLock)
                {
                    _mostBuffersHeld = Math.Max(_mostBuffersHeld, held);
                }
            }
        }
    }

    /// <inheritdoc/>
    public void BatchProcessed(long batch, long ticks)
    {
        Interlocked.Decrement(ref _buffersHeld);

        // Without cool-down no step follows the last measured one: its own end is the end.
        if (Interlocked.Increment(ref _processed) == options.WarmupSteps + options.Steps && options.CooldownSteps == 0)
        {
            End(ticks);
        }
    }

    /// <summary>Ends the recording of a run that has ended before its measured steps did.</summary>
    public void Dispose() => StopProfiler();

    private void End(long ticks)
    {
        _endTicks = ticks;
        StageTimes.Close(ticks);
        StopProfiler();
    }

    /// <summary>One device starts it for all: a profiler records the process.</summary>
    private void StartProfiler()
    {
        if (lanes[0].Device is IProfiledDevice device)
        {
            device.StartProfiler();
            Volatile.Write(ref _profiling, 1);
        }
    }

    private void StopProfiler()
    {
        if (Interlocked.Exchange(ref _profiling, 0) == 1)
        {
            ((IProfiledDevice)lanes[0].Device).StopProfiler();
        }
    }

    private void Drain(int steps, CancellationToken cancellationToken)
    {
        // Polling every tenth of a millisecond: this happens twice a run, and nothing has to be woken on the hot path.
        while (Volatile.Read(ref _processed) < steps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Runtime.Libc.Sleep(TimeSpan.FromMicroseconds(100));
        }

        foreach (var lane in lanes)
        {
            lane.Device.Synchronize();
        }
    }
}
