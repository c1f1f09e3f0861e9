using BenchmarkDotNet.Attributes;
using Egress.Devices.Simulated;
using Egress.Models;
using Egress.Pipeline;

namespace Egress.Benchmarks;

/// <summary>The engine's cost of a batch: a model, copies and processing that take no time, so that only the hand-overs are left.</summary>
[MemoryDiagnoser]
public class EngineBenchmarks
{
    private const int Batches = 2000;

    /// <summary>The strategy.</summary>
    [ParamsSource(nameof(Strategies))]
    public string Strategy { get; set; } = EgressStrategy.Pipelined.Name;

    /// <summary>All strategies.</summary>
    public static IEnumerable<string> Strategies => EgressStrategy.All.Select(strategy => strategy.Name);

    /// <summary>One run of many batches of one item; the result is the cost of a batch.</summary>
    [Benchmark(OperationsPerInvoke = Batches)]
    public int Batch()
    {
        using var device = new SimulatedDevice(new SimulatedTiming
        {
            Compute = TimeSpan.Zero,
            Copy = TimeSpan.Zero,
            CopyIn = TimeSpan.Zero,
            Processing = TimeSpan.Zero,
        });
        using var session = new SimulatedSession(device, new TensorSpec(ElementType.UInt8, 64), new TensorSpec(ElementType.UInt8, 64));
        using var pipeline = new BatchPipeline<object, int>(
            new PipelineOptions { Strategy = EgressStrategy.Parse(Strategy), BufferCount = 4 },
            [new PipelineLane(device, session)], new NullLoader(), new NullProcessor());

        var item = new object();
        var taken = 0;
        for (var i = 0; i < Batches; i++)
        {
            while (!pipeline.TrySubmit(item))
            {
                taken += pipeline.TryTake(out _, 1) ? 1 : 0;
            }
        }

        pipeline.CompleteInput();
        while (pipeline.TryTake(out _, Timeout.Infinite))
        {
            taken++;
        }

        return taken == Batches ? taken : throw new InvalidOperationException($"{taken} of {Batches} came out.");
    }

    private sealed class NullLoader : IItemLoader<object>
    {
        public void Load(object item, Span<byte> slot, CancellationToken cancellationToken)
        {
        }
    }

    private sealed class NullProcessor : IOutputProcessor<object, int>
    {
        public void Process(OutputBatch<object, int> batch, CancellationToken cancellationToken)
        {
            for (var slot = 0; slot < batch.Count; slot++)
            {
                batch.Complete(slot, slot);
            }
        }
    }
}
