using System.Buffers.Binary;
using System.Collections.Concurrent;
using Egress.Devices;
using Egress.Pipeline;
using Egress.Tests.Pipeline;

namespace Egress.Backend.Tests.DataPath;

/// <summary>One run of the real pipeline on a GPU with random delays on every side, and what came out wrong.</summary>
internal sealed class DataPathRun
{
    private const int BatchSize = 2;
    private static readonly TimeSpan s_hang = TimeSpan.FromSeconds(120);

    private readonly ConcurrentDictionary<long, (long FirstWord, long Checksum)> _received = new();

    /// <summary>The strategy.</summary>
    public required EgressStrategy Strategy { get; init; }

    /// <summary>The mistake that is planted.</summary>
    public HandOverFlaw Flaw { get; init; }

    /// <summary>Host buffers for outputs.</summary>
    public int Buffers { get; init; } = 3;

    /// <summary>Batches of the run; the last one is not full.</summary>
    public int Batches { get; init; } = 130;

    /// <summary>64-bit words of an item's output.</summary>
    public int Words { get; init; } = 1 << 19;

    /// <summary>Seed of the delays.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The longest delay in the workers and in the event monitor.</summary>
    public TimeSpan Delay { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>The most matrix multiplications that a batch's computation begins with, and the fewest.</summary>
    public (int From, int To) Compute { get; init; } = (0, 3);

    /// <summary>Runs it.</summary>
    /// <returns>What is wrong, an item a line; nothing where every byte is right.</returns>
    public List<string> Run()
    {
        var items = (Batches * BatchSize) - 1;
        var gpu = DeviceFactory.Open(new DeviceSpec(DeviceKind.Cuda));
        using var device = new FlawedDevice(gpu, Flaw);
        gpu.BindThread();
        var computeDelays = new Random(Seed);
        using var session = new ChecksummedSession(gpu, Words, () => computeDelays.Next(Compute.From, Compute.To + 1));
        var options = new PipelineOptions { Strategy = Strategy, BatchSize = BatchSize, LoaderCount = 2, WorkerCount = 3, BufferCount = Buffers };
        using (var pipeline = new BatchPipeline<long, bool>(
            options, [new PipelineLane(device, device.Wrap(session))], new Loader(), new Receiver(this), new Delays(this)))
        {
            Drive(pipeline, items);
        }

        gpu.Synchronize();
        return Compare(session, items);
    }

    private static void Drive(BatchPipeline<long, bool> pipeline, int items)
    {
        var deadline = DateTime.UtcNow + s_hang;
        int submitted = 0, taken = 0;
        while (taken < items)
        {
            while (submitted < items && pipeline.TrySubmit(submitted))
            {
                submitted++;
            }

            if (submitted == items)
            {
                pipeline.CompleteInput();
            }

            while (pipeline.TryTake(out var outcome, 5))
            {
                Assert.Null(outcome.Error);
                taken++;
            }

            Assert.True(DateTime.UtcNow < deadline, $"The pipeline hangs after {taken} of {items} items.");
        }
    }

    private List<string> Compare(ChecksummedSession session, int items)
    {
        var wrong = new List<string>();
        var computed = new Dictionary<long, long>();
        foreach (var (number, checksum) in session.Computed())
        {
            if (!computed.TryAdd(number, checksum))
            {
                wrong.Add($"item {number} was computed twice");
            }
        }

        for (long number = 0; number < items; number++)
        {
            if (!_received.TryGetValue(number, out var received))
            {
                wrong.Add($"item {number} was not received");
            }
            else if (!computed.TryGetValue(number, out var checksum))
            {
                wrong.Add($"item {number} was not computed");
            }
            else if (received.FirstWord != ChecksummedSession.FirstWord(number))
            {
                wrong.Add($"item {number} received another item's output");
            }
            else if (received.Checksum != checksum)
            {
                wrong.Add($"item {number} was received with other bytes");
            }
        }

        return wrong;
    }

    private void Pause(long number)
    {
        var milliseconds = new Random(HashCode.Combine(Seed, number)).NextDouble() * Delay.TotalMilliseconds;
        if (milliseconds > 0.1)
        {
            Thread.Sleep(TimeSpan.FromMilliseconds(milliseconds));
        }
    }

    private sealed class Loader : IItemLoader<long>
    {
        public void Load(long item, Span<byte> slot, CancellationToken cancellationToken) =>
            BinaryPrimitives.WriteInt64LittleEndian(slot, item);
    }

    private sealed class Receiver(DataPathRun run) : IOutputProcessor<long, bool>
    {
        public void Process(OutputBatch<long, bool> batch, CancellationToken cancellationToken)
        {
            for (var slot = 0; slot < batch.Count; slot++)
            {
                var output = batch.Output(slot);
                var number = batch.Item(slot);
                var received = (BinaryPrimitives.ReadInt64LittleEndian(output), ChecksummedSession.Checksum(output));
                Assert.True(run._received.TryAdd(number, received), $"Item {number} was received twice.");
                batch.Complete(slot, true);
            }

            run.Pause(batch.Index);
        }
    }

    /// <summary>Holds the event monitor up between a copy's end and the hand-over to the workers.</summary>
    private sealed class Delays(DataPathRun run) : IPipelineObserver
    {
        public void BeforeStep(long index, CancellationToken cancellationToken)
        {
        }

        public void StageEnded(PipelineStage stage, long batch, long startTicks, long endTicks)
        {
            if (stage == PipelineStage.CopyOut)
            {
                run.Pause(~batch);
            }
        }
    }
}
