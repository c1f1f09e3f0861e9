using Egress.Pipeline;

namespace Egress.Tests.Pipeline;

/// <summary>Counts the steps and processings that have begun, and lets a test hold the lanes and the processing up.</summary>
internal sealed class StageProbe(IOutputProcessor<MarkedItem, bool>? processor = null) : IPipelineObserver, IOutputProcessor<MarkedItem, bool>
{
    private int _steps;
    private int _processings;

    public int Steps => Volatile.Read(ref _steps);

    public int Processings => Volatile.Read(ref _processings);

    /// <summary>Called before each step, with the run's token.</summary>
    public Action<CancellationToken>? OnStep { get; init; }

    /// <summary>Called before each processing, with the run's token.</summary>
    public Action<CancellationToken>? OnProcess { get; init; }

    public void BeforeStep(long index, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _steps);
        OnStep?.Invoke(cancellationToken);
    }

    public void StageEnded(PipelineStage stage, long batch, long startTicks, long endTicks)
    {
    }

    public void Process(OutputBatch<MarkedItem, bool> batch, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _processings);
        OnProcess?.Invoke(cancellationToken);
        processor!.Process(batch, cancellationToken);
    }
}
