using System.Collections.Concurrent;
using System.Diagnostics;
using Egress.Devices.Simulated;
using Egress.Models;
using Egress.Pipeline;

namespace Egress.Tests.Pipeline;

/// <summary>A run on simulated devices whose rate is measured.</summary>
/// <param name="Strategy">The strategy.</param>
/// <param name="Timing">The durations of a batch.</param>
/// <param name="Workers">Workers.</param>
/// <param name="Buffers">Output buffers.</param>
/// <param name="Lanes">Devices.</param>
/// <param name="Loaders">Loader threads.</param>
internal sealed record TimedRun(
    EgressStrategy Strategy, SimulatedTiming Timing, int Workers = 1, int Buffers = 4, int Lanes = 1, int Loaders = 1);

/// <summary>Measures the rate of a run between its fill and its end.</summary>
internal static class SteadyState
{
    // Intervals are taken over this many batches: a multiple of every number of workers and lanes in use, because their batches
    // come in groups.
    private const int Window = 12;
    private const int Fill = 8;
    private const int Batches = 40;

    /// <summary>
    /// Milliseconds a batch: the median over the windows, so that a machine that stands still for a moment costs the windows
    /// around that moment and not the result.
    /// </summary>
    public static double MillisecondsPerBatch(TimedRun run)
    {
        var ends = new ProcessingEnds();
        var devices = Enumerable.Range(0, run.Lanes).Select(_ => new SimulatedDevice(run.Timing)).ToList();
        var lanes = devices
            .Select(device => new PipelineLane(device, new SimulatedSession(device, SimulatedLanes.Input, SimulatedLanes.Output)))
            .ToList();
        var options = new PipelineOptions
        {
            Strategy = run.Strategy,
            WorkerCount = run.Workers,
            BufferCount = run.Buffers,
            LoaderCount = run.Loaders,
        };
        using (var pipeline = new BatchPipeline<MarkedItem, bool>(
            options, lanes, new MarkLoader(), new MarkChecker(processing: run.Timing.Processing), ends))
        {
            var result = PipelineDriver.Run(pipeline, Batches);
            Assert.Null(result.Reason);
            Assert.Equal(Batches, result.Outcomes.Count);
            Assert.All(result.Outcomes, outcome => Assert.True(outcome.Result));
        }

        devices.ForEach(device => device.Dispose());
        return ends.MedianMilliseconds(Fill, Window);
    }

    private sealed class ProcessingEnds : IPipelineObserver
    {
        private readonly ConcurrentQueue<long> _ends = new();

        public void BeforeStep(long index, CancellationToken cancellationToken)
        {
        }

        public void StageEnded(PipelineStage stage, long batch, long startTicks, long endTicks)
        {
            if (stage == PipelineStage.Process)
            {
                _ends.Enqueue(endTicks);
            }
        }

        public double MedianMilliseconds(int fill, int window)
        {
            var ends = _ends.Order().Skip(fill).ToList();
            var intervals = ends.Skip(window).Zip(ends, (last, first) => last - first).Order().ToList();
            return Stopwatch.GetElapsedTime(0, intervals[intervals.Count / 2]).TotalMilliseconds / window;
        }
    }
}
