using System.Diagnostics.CodeAnalysis;
using BenchmarkDotNet.Attributes;
using Egress.Pipeline;
using Egress.Tests.Pipeline;

namespace Egress.Benchmarks;

/// <summary>The engine's cost of a batch: a model, copies and processing that take no time, so that only the hand-overs are left.</summary>
[MemoryDiagnoser]
[SuppressMessage("Design", "CA1001", Justification = "BenchmarkDotNet calls the cleanup.")]
public class EngineBenchmarks
{
    private const int Batches = 2000;
    private NullRun? _run;

    /// <summary>The strategy.</summary>
    [ParamsSource(nameof(Strategies))]
    public string Strategy { get; set; } = EgressStrategy.Pipelined.Name;

    /// <summary>All strategies.</summary>
    public static IEnumerable<string> Strategies => EgressStrategy.All.Select(strategy => strategy.Name);

    /// <summary>Starts the run and lets it reach its steady state.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _run = new NullRun(EgressStrategy.Parse(Strategy));
        _run.Send(Batches);
    }

    /// <summary>Ends the run.</summary>
    [GlobalCleanup]
    public void Cleanup() => _run?.Dispose();

    /// <summary>Batches of one item through a run that goes on; the result is the cost of a batch.</summary>
    [Benchmark(OperationsPerInvoke = Batches)]
    public int Batch() => _run!.Send(Batches);
}
