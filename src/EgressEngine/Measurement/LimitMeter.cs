using System.Diagnostics;
using Egress.Buffers;
using Egress.Devices;
using Egress.Pipeline;
using Egress.Runtime;

namespace Egress.Measurement;

/// <summary>Measures what each part of a run manages alone, on the same lanes, sizes and threads.</summary>
internal sealed class LimitMeter<TItem, TResult>(
    PipelineOptions options, IReadOnlyList<PipelineLane> lanes, IItemLoader<TItem> loader, IOutputProcessor<TItem, TResult> processor,
    Func<long, TItem> createItem, LimitCache cache, CancellationToken cancellationToken)
{
    private const int MinimumSteps = 3;
    private static readonly TimeSpan s_enough = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_least = TimeSpan.FromSeconds(0.25);

    /// <summary>Measures all of them.</summary>
    /// <param name="maximumSteps">The most steps that one of them takes; each stops earlier once it has run for two seconds.</param>
    public ThroughputLimits Measure(int maximumSteps)
    {
        var steps = Math.Max(MinimumSteps, maximumSteps);
        return new ThroughputLimits(
            Compute: Measure(LimitingStage.Compute, 0, () => lanes.Sum(lane => OnOwnThread(() => MeasureCompute(lane, steps)))),
            CopyOut: Measure(LimitingStage.CopyOut, 0, () => lanes.Sum(lane => MeasureCopyOut(lane, steps))),
            CopyIn: Measure(LimitingStage.CopyIn, 0, () => lanes.Sum(lane => MeasureCopyIn(lane, steps))),
            Processing: Measure(LimitingStage.Processing, options.WorkerCount, () => MeasureProcessing(steps)),
            Input: Measure(LimitingStage.Input, options.LoaderCount, () => MeasureInput(steps)));
    }

    private double Measure(LimitingStage stage, int threads, Func<double> measure) =>
        cache.Get(stage, options.BatchSize, threads, measure);

    private double MeasureCompute(PipelineLane lane, int steps)
    {
        lane.Device.BindThread();
        using var input = lane.Session.CreateInput(options.BatchSize);
        var extent = FillInput(lane, input);
        lane.Session.Run(input, options.BatchSize, extent).Dispose();
        lane.Device.Synchronize();

        // Two outputs under way at most: enough to keep the device busy, and no more memory than a run takes.
        var outputs = new Queue<(IDeviceMemory Output, IDeviceEvent Computed)>();
        try
        {
            void Step()
            {
                outputs.Enqueue((lane.Session.Run(input, options.BatchSize, extent), lane.Device.ComputeStream.Record()));
                if (outputs.Count > 2)
                {
                    ReleaseOldest(outputs);
                }
            }

            switch (lane.Device.Kind)
            {
                case DeviceKind.Cuda:
                    // Under full load a GPU soon lowers its clock to stay within its power. What a run can have is what it keeps up,
                    // so the first second does not count, however short the run is.
                    _ = Rate(int.MaxValue, Step, lane.Device.Synchronize, atMost: s_settling);
                    return Rate(int.MaxValue, Step, lane.Device.Synchronize);
                case DeviceKind.Cpu:
                    // On a new thread a processor's first steps are slow, which a run leaves to its warm-up; and of a small model a few
                    // steps are over before another program's turn on the processor is.
                    _ = Rate(steps, Step, lane.Device.Synchronize, atMost: s_settling);
                    return Rate(steps, Step, lane.Device.Synchronize, atLeast: s_least);
                default:
                    return Rate(steps, Step, lane.Device.Synchronize);
            }
        }
        finally
        {
            while (outputs.Count > 0)
            {
                ReleaseOldest(outputs);
            }
        }
    }

    /// <summary>
    /// As in a run, where a thread that does nothing else computes. On the caller's thread the processors that compute for libtorch
    /// would be another team, which on a busy machine gets several times as little done.
    /// </summary>
    private static double OnOwnThread(Func<double> measure)
    {
        var rate = 0.0;
        Exception? error = null;
        var thread = new Thread(() =>
        {
            try
            {
                rate = measure();
            }
            catch (Exception caught)
            {
                error = caught;
            }
        })
        { IsBackground = true, Name = "Egress limit" };
        ProcessLimit.Start(thread);
        thread.Join();
        if (error is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error);
        }

        return rate;
    }

    private static void ReleaseOldest(Queue<(IDeviceMemory Output, IDeviceEvent Computed)> outputs)
    {
        var (output, computed) = outputs.Dequeue();
        computed.Synchronize();
        computed.Dispose();
        output.Dispose();
    }

    private double MeasureCopyOut(PipelineLane lane, int steps)
    {
        lane.Device.BindThread();
        using var input = lane.Session.CreateInput(options.BatchSize);
        var extent = FillInput(lane, input);
        var bytes = lane.Session.OutputBytes(extent) * options.BatchSize;
        using var host = lane.Device.AllocateHost(bytes, HostMemoryKind.Pinned);
        using var output = lane.Session.Run(input, options.BatchSize, extent);
        lane.Device.Synchronize();
        var stream = lane.Device.EgressStream;
        stream.CopyToHost(host, output, bytes);
        stream.Synchronize();
        return Rate(steps, () => stream.CopyToHost(host, output, bytes), stream.Synchronize);
    }

    private double MeasureCopyIn(PipelineLane lane, int steps)
    {
        lane.Device.BindThread();
        var bytes = lane.Session.Input.Bytes * options.BatchSize;
        using var host = lane.Device.AllocateHost(bytes, HostMemoryKind.Pinned);
        using var input = lane.Session.CreateInput(options.BatchSize);
        var stream = lane.Device.IngressStream;
        stream.CopyToDevice(input, host, bytes);
        stream.Synchronize();
        return Rate(steps, () => stream.CopyToDevice(input, host, bytes), stream.Synchronize);
    }

    private double MeasureProcessing(int steps)
    {
        var lane = lanes[0];
        using var output = HostBlock.Allocate(lane.Session.Output.Bytes * options.BatchSize, HostMemoryKind.Pageable);
        return ParallelRate(options.WorkerCount, steps, number =>
        {
            using var batch = new Batch<TItem, TResult>(options.BatchSize);
            batch.Begin(number);
            for (var slot = 0; slot < options.BatchSize; slot++)
            {
                batch.AddSlot(createItem((number * options.BatchSize) + slot));
            }

            processor.Process(new OutputBatch<TItem, TResult>(batch, lane, output, 0, options.BatchSize), cancellationToken);
        });
    }

    private double MeasureInput(int steps)
    {
        var itemBytes = checked((int)lanes[0].Session.Input.Bytes);
        using var memory = new ThreadLocal<byte[]>(() => new byte[itemBytes]);

        // Loaders share a batch's items, so the unit of their work is the item.
        return ParallelRate(options.LoaderCount, steps * options.BatchSize, number =>
            loader.Load(createItem(number), memory.Value, cancellationToken)) / options.BatchSize;
    }

    /// <summary>Loads a batch and copies it to the device; returns its extent.</summary>
    private int FillInput(PipelineLane lane, IDeviceMemory input)
    {
        var bytes = lane.Session.Input.Bytes * options.BatchSize;
        using var host = lane.Device.AllocateHost(bytes, HostMemoryKind.Pageable);
        for (var slot = 0; slot < options.BatchSize; slot++)
        {
            loader.Load(
                createItem(slot), host.Span(slot * lane.Session.Input.Bytes, checked((int)lane.Session.Input.Bytes)), cancellationToken);
        }

        lane.Device.IngressStream.CopyToDevice(input, host, bytes);
        lane.Device.IngressStream.Synchronize();
        return lane.Session.MeasureExtent(host, options.BatchSize);
    }

    /// <summary>Steps a second, of so many steps: of more where they take less time than <paramref name="atLeast"/>, of fewer where
    /// they would take more than <paramref name="atMost"/>.</summary>
    private double Rate(int steps, Action step, Action finish, TimeSpan? atMost = null, TimeSpan atLeast = default)
    {
        var enough = atMost ?? s_enough;
        var clock = Stopwatch.StartNew();
        var done = 0;
        while ((done < steps || clock.Elapsed < atLeast) && (done < MinimumSteps || clock.Elapsed < enough))
        {
            cancellationToken.ThrowIfCancellationRequested();
            step();
            done++;
        }

        finish();
        return done / Math.Max(clock.Elapsed.TotalSeconds, 1e-9);
    }

    private static double ParallelRate(int threads, int count, Action<long> work)
    {
        long next = 0;
        long done = 0;
        Exception? error = null;
        work(0);
        var clock = Stopwatch.StartNew();
        var running = Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            try
            {
                var own = 0;
                while (Volatile.Read(ref error) is null && (own == 0 || clock.Elapsed < s_enough))
                {
                    var number = Interlocked.Increment(ref next);
                    if (number > Math.Max(count, threads))
                    {
                        break;
                    }

                    work(number);
                    own++;
                    Interlocked.Increment(ref done);
                }
            }
            catch (Exception caught)
            {
                Interlocked.CompareExchange(ref error, caught, null);
            }
        })
        { IsBackground = true, Name = "Egress limit" }).ToList();
        running.ForEach(ProcessLimit.Start);
        running.ForEach(thread => thread.Join());
        if (error is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error);
        }

        return done / Math.Max(clock.Elapsed.TotalSeconds, 1e-9);
    }
}
