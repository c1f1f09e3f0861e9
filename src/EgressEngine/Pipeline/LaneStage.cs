using System.Diagnostics;
using Egress.Buffers;
using Egress.Devices;
using Egress.Runtime.Nvtx;

namespace Egress.Pipeline;

/// <summary>
/// One device at work, on three threads: ingress copies inputs to the device, inference computes and starts the outputs' copies,
/// and the event monitor hands on what has arrived. Two inputs live on the device, so that the next one is on its way while the
/// current one is computed.
/// </summary>
internal sealed class LaneStage<TItem, TResult> : IDisposable
{
    private const int DeviceInputCount = 2;

    private readonly PipelineLane _lane;
    private readonly EgressStrategy _strategy;
    private readonly int? _wholeBatch;
    private readonly RunState _state;
    private readonly HostBufferPool? _outputPool;
    private readonly ProcessingStage<TItem, TResult> _processing;
    private readonly IPipelineObserver? _observer;
    private readonly IDeviceWorkObserver? _deviceObserver;
    private readonly List<DeviceInput> _inputs = [];
    private readonly HandOverQueue<DeviceInput> _freeInputs;
    private readonly HandOverQueue<(Batch<TItem, TResult> Batch, DeviceInput Input)> _uploaded;
    private readonly HandOverQueue<Batch<TItem, TResult>> _copying;

    /// <param name="lane">The device and the model on it.</param>
    /// <param name="options">The run's options.</param>
    /// <param name="outputPool">The pool that outputs are copied into, where the strategy uses one.</param>
    /// <param name="processing">Takes what has arrived in host memory.</param>
    /// <param name="state">The run.</param>
    /// <param name="observer">Told of each stage's work, or null.</param>
    public LaneStage(
        PipelineLane lane, PipelineOptions options, HostBufferPool? outputPool, ProcessingStage<TItem, TResult> processing,
        RunState state, IPipelineObserver? observer)
    {
        _lane = lane;
        _strategy = options.Strategy;
        _wholeBatch = options.ComputesWholeBatches ? options.BatchSize : null;
        _state = state;
        _outputPool = outputPool;
        _processing = processing;
        _observer = observer;
        _deviceObserver = observer as IDeviceWorkObserver;

        // The inputs on the device bound the first two, output buffers and credits the third.
        _freeInputs = new HandOverQueue<DeviceInput>(state.Token);
        _uploaded = new HandOverQueue<(Batch<TItem, TResult> Batch, DeviceInput Input)>(state.Token);
        _copying = new HandOverQueue<Batch<TItem, TResult>>(state.Token);
        try
        {
            for (var i = 0; i < DeviceInputCount; i++)
            {
                var input = new DeviceInput(lane.Session.CreateInput(options.BatchSize));
                _inputs.Add(input);
                _freeInputs.Add(input);
            }
        }
        catch
        {
            // The device has room for one input and not for the next.
            Dispose();
            throw;
        }
    }

    /// <summary>Starts the lane's threads.</summary>
    /// <param name="threads">The run's threads.</param>
    /// <param name="batches">Where the lane takes its batches from; all lanes share it.</param>
    public void Start(StageThreads threads, HandOverQueue<Batch<TItem, TResult>> batches)
    {
        threads.Start($"ingress {_lane.Device.Name}", () => RunIngress(batches));
        if (_strategy.Completion == CopyCompletion.Event)
        {
            threads.Start($"inference {_lane.Device.Name}", () => RunInference(_copying.Complete));
            threads.Start($"event monitor {_lane.Device.Name}", () => RunMonitor(_processing.RemoveProducer));
        }
        else
        {
            threads.Start($"inference {_lane.Device.Name}", () => RunInference(_processing.RemoveProducer));
        }
    }

    public void Dispose()
    {
        _inputs.ForEach(input => input.Dispose());
        _freeInputs.Dispose();
        _uploaded.Dispose();
        _copying.Dispose();
    }

    private void RunIngress(HandOverQueue<Batch<TItem, TResult>> batches)
    {
        var stream = _lane.Device.IngressStream;
        _lane.Device.BindThread();
        try
        {
            while (true)
            {
                // The device's memory first: a lane that cannot take a batch must not take it from another lane.
                if (!_freeInputs.TryTake(out var input))
                {
                    return;
                }

                Batch<TItem, TResult>? batch;
                do
                {
                    if (!batches.TryTake(out batch))
                    {
                        return;
                    }

                    batch.WaitLoaded(_state.Token);
                }
                while (PassOnWithoutComputing(batch));

                batch.HandOver(BatchOwner.Loading, BatchOwner.Ingress);
                batch.Lane = _lane;
                using var work = StageActivity.Work(batch.Index);
                using var copying = NvtxRange.Begin(NvtxLabel.CopyToGpu, batch.Index);
                var start = Stopwatch.GetTimestamp();
                if (input.Consumed is not null)
                {
                    stream.Wait(input.Consumed);
                }

                batch.Extent = _lane.Session.MeasureExtent(batch.InputLease!.Value.Block, batch.SlotCount);
                using var span = BeginSpan(stream);
                stream.CopyToDevice(input.Memory, batch.InputLease.Value.Block, batch.SlotCount * _lane.Session.Input.Bytes);
                span?.End();
                using (var copied = stream.Record())
                {
                    copied.Synchronize();
                }

                Report(DeviceWork.CopyIn, batch, span);
                batch.InputLease.Value.Dispose();
                batch.InputLease = null;
                _observer?.StageEnded(PipelineStage.CopyIn, batch.Index, start, Stopwatch.GetTimestamp());
                batch.HandOver(BatchOwner.Ingress, BatchOwner.Inference);
                _uploaded.Add((batch, input));
            }
        }
        finally
        {
            _uploaded.Complete();
        }
    }

    private bool PassOnWithoutComputing(Batch<TItem, TResult> batch)
    {
        if (batch.AnyToCompute())
        {
            return false;
        }

        batch.HandOver(BatchOwner.Loading, BatchOwner.Processing);
        _processing.Finish(batch);
        return true;
    }

    private void RunInference(Action ended)
    {
        _lane.Device.BindThread();
        try
        {
            long step = 0;
            var waitStart = Stopwatch.GetTimestamp();
            var waiting = NvtxRange.Begin(NvtxLabel.GetBatch);
            while (_uploaded.TryTake(out var uploaded))
            {
                var (batch, input) = uploaded;
                waiting.Dispose();
                _observer?.StageEnded(PipelineStage.WaitInput, batch.Index, waitStart, Stopwatch.GetTimestamp());
                _observer?.BeforeStep(step++, _state.Token);
                using (NvtxRange.BeginBatch(batch.Index))
                using (StageActivity.Work(batch.Index))
                {
                    Compute(batch, input);
                    MoveOut(batch);
                }

                waitStart = Stopwatch.GetTimestamp();
                waiting = NvtxRange.Begin(NvtxLabel.GetBatch);
            }

            waiting.Dispose();
        }
        finally
        {
            ended();
        }
    }

    private void Compute(Batch<TItem, TResult> batch, DeviceInput input)
    {
        using var computing = NvtxRange.Begin(NvtxLabel.Compute, batch.Index);
        var start = Stopwatch.GetTimestamp();
        var stream = _lane.Device.ComputeStream;
        batch.ComputeSpan = BeginSpan(stream);
        batch.Output = _lane.Session.Run(input.Memory, _wholeBatch ?? batch.SlotCount, batch.Extent);
        batch.ComputeSpan?.End();
        input.Consumed?.Dispose();
        input.Consumed = stream.Record();
        _freeInputs.Add(input);
        _observer?.StageEnded(PipelineStage.Compute, batch.Index, start, Stopwatch.GetTimestamp());
    }

    /// <summary>Starts the output's way to the host as the strategy says: the only place where strategies differ, with the
    /// processing stage's choice of thread.</summary>
    private void MoveOut(Batch<TItem, TResult> batch)
    {
        var copying = NvtxRange.Begin(NvtxLabel.CopyToCpu, batch.Index);
        var bytes = batch.SlotCount * _lane.Session.OutputBytes(batch.Extent);
        var destination = TakeHostMemory(batch, bytes);

        var start = Stopwatch.GetTimestamp();
        var stream = _lane.Device.ComputeStream;
        if (_strategy.Queue == CopyQueue.Egress)
        {
            using var computed = stream.Record();
            stream = _lane.Device.EgressStream;
            stream.Wait(computed);
        }

        batch.CopyOutSpan = BeginSpan(stream);
        stream.CopyToHost(destination, batch.Output!, bytes);
        batch.CopyOutSpan?.End();
        if (_strategy.Completion == CopyCompletion.Event)
        {
            copying.Dispose();
            using var queueing = NvtxRange.Begin(NvtxLabel.QueueCudaEvent, batch.Index);
            batch.Copied = stream.Record();
            batch.HandOver(BatchOwner.Inference, BatchOwner.Monitor);
            _copying.Add(batch);
            return;
        }

        batch.Copied = stream.Record();
        Arrive(batch, start);
        copying.Dispose();
        batch.HandOver(BatchOwner.Inference, BatchOwner.Processing);
        _processing.Submit(batch);
    }

    private HostBlock TakeHostMemory(Batch<TItem, TResult> batch, long bytes)
    {
        if (_outputPool is null)
        {
            return batch.FreshBlock = _lane.Device.AllocateHost(bytes, _strategy.Memory);
        }

        using var resting = StageActivity.Wait();
        using var waiting = NvtxRange.Begin(NvtxLabel.GetBuffer, batch.Index);
        var start = Stopwatch.GetTimestamp();
        batch.OutputLease = _outputPool.Rent(_state.Token);
        _observer?.StageEnded(PipelineStage.WaitBuffer, batch.Index, start, Stopwatch.GetTimestamp());
        return batch.OutputLease.Value.Block;
    }

    private void RunMonitor(Action ended)
    {
        _lane.Device.BindThread();
        try
        {
            while (_copying.TryTake(out var batch))
            {
                using (NvtxRange.Begin(NvtxLabel.WaitCudaEvent, batch.Index))
                using (StageActivity.Work(batch.Index))
                {
                    Arrive(batch, Stopwatch.GetTimestamp());
                }

                batch.HandOver(BatchOwner.Monitor, BatchOwner.Processing);
                _processing.Submit(batch);
            }
        }
        finally
        {
            ended();
        }
    }

    /// <summary>Waits for the copy and only then gives the output's device memory back.</summary>
    private void Arrive(Batch<TItem, TResult> batch, long start)
    {
        batch.Copied!.Synchronize();
        Report(DeviceWork.Compute, batch, batch.ComputeSpan);
        Report(DeviceWork.CopyOut, batch, batch.CopyOutSpan);
        batch.ReleaseDeviceOutput();
        _observer?.StageEnded(PipelineStage.CopyOut, batch.Index, start, Stopwatch.GetTimestamp());
    }

    /// <summary>Begins to take the time of what is enqueued next; nothing where nobody wants to know.</summary>
    private IDeviceSpan? BeginSpan(IDeviceStream stream) => _deviceObserver is null ? null : (stream as ITimedStream)?.BeginSpan();

    private void Report(DeviceWork work, Batch<TItem, TResult> batch, IDeviceSpan? span)
    {
        if (span is not null)
        {
            _deviceObserver!.DeviceWorkEnded(_lane.Device, work, batch.Index, span.StartTicks, span.EndTicks);
        }
    }

    /// <summary>Device memory for one input, and the event that says when the model has read it.</summary>
    private sealed class DeviceInput(IDeviceMemory memory) : IDisposable
    {
        public IDeviceMemory Memory => memory;

        public IDeviceEvent? Consumed { get; set; }

        public void Dispose()
        {
            Consumed?.Dispose();
            memory.Dispose();
        }
    }
}
