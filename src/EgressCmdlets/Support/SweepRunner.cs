using System.Management.Automation;
using Egress.Measurement;
using Egress.Measurement.Sweeps;
using Egress.Pipeline;

namespace Egress.Cmdlets.Support;

/// <summary>Measures the configurations of a cmdlet, with progress over all of them, and hands out each result as it comes.</summary>
internal sealed class SweepRunner(Cmdlet cmdlet, SweepShare share, CancellationToken cancellationToken) : IDisposable
{
    private readonly ConfigurationSweep _sweep = new(share);

    /// <summary>How long to measure each.</summary>
    public required ThroughputOptions Throughput { get; init; }

    /// <summary>How often.</summary>
    public required RepetitionOptions Repetition { get; init; }

    /// <summary>What was measured before, and takes what is measured now; or null.</summary>
    public SweepFile? File { get; init; }

    /// <summary>Takes each result.</summary>
    public required Action<ThroughputResult> Result { get; init; }

    /// <summary>Told of each configuration that was measured just now, while its model is still open; or null.</summary>
    public Action<ThroughputResult, IMeasuredConfiguration>? Measured { get; init; }

    /// <summary>The sweep, for whoever measures more with its model.</summary>
    public ConfigurationSweep Sweep => _sweep;

    /// <summary>Measures all. An error of a configuration is its result, and is written as well.</summary>
    public void Run(IReadOnlyList<SweepEntry> entries)
    {
        var ordered = SweepEntry.Order(entries);
        var progress = new SweepProgress(cmdlet, ordered.Count);
        try
        {
            foreach (var entry in ordered)
            {
                if (File?.Find(entry.Description, Throughput.Steps) is { } known)
                {
                    _sweep.Know(known);
                    progress.Skip();
                    Result(known);
                    continue;
                }

                Measure(entry, progress);
                progress.Next();
            }
        }
        finally
        {
            progress.Complete();
        }
    }

    /// <summary>Measures one; an error is its result and is not written.</summary>
    public ThroughputResult Try(SweepEntry entry, SweepProgress progress)
    {
        var result = Measure(entry, progress, out _);
        Result(result);
        progress.Next();
        return result;
    }

    /// <inheritdoc/>
    public void Dispose() => _sweep.Dispose();

    private void Measure(SweepEntry entry, SweepProgress progress)
    {
        cmdlet.WriteVerbose($"Measuring {entry.Description}.");
        var result = Measure(entry, progress, out var failure);
        File?.Append(result);
        Result(result);
        if (failure is null)
        {
            Measured?.Invoke(result, entry.Configuration!);
        }
        else
        {
            var target = entry.Description.ToString();
            cmdlet.WriteError(ErrorRecords.From(new EgressException(
                failure.ErrorId, failure.Category, $"{target}: {failure.Message}", failure.Advice, target, failure)));
        }
    }

    private ThroughputResult Measure(SweepEntry entry, SweepProgress progress, out EgressException? failure)
    {
        failure = null;
        try
        {
            return entry.Configuration is { } configuration ? Measure(configuration, progress) : throw entry.Error!;
        }
        catch (EgressException error)
        {
            failure = error;
            return ConfigurationSweep.Failed(entry.Description, Throughput.Steps, error);
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }

    private ThroughputResult Measure(IMeasuredConfiguration configuration, SweepProgress progress)
    {
        progress.Begin(configuration.Description, Throughput.TotalSteps);
        try
        {
            return _sweep.Measure(configuration, Throughput, Repetition, progress.Report, cancellationToken);
        }
        catch (Exception error) when (error is not (EgressException or OperationCanceledException))
        {
            throw UnforeseenError.Of("measuring", error);
        }
        finally
        {
            progress.End();
        }
    }
}
