using System.Management.Automation;
using Egress.Operations;
using Egress.Pipeline;
using Egress.Segmentation;

namespace Egress.Cmdlets.Commands;

/// <summary>What operators need of a run: its log, its summary, and its share of the work.</summary>
public sealed partial class InvokeSegmentationBatchCommand
{
    /// <summary>The tag of the summary on the information stream.</summary>
    private const string SummaryTag = "EgressRunSummary";

    private ShardAssignment _shard = ShardAssignment.Whole;
    private RunWatch? _watch;

    /// <summary>Which part of the pictures is this run's, from 0; a Slurm array or an indexed job of Kubernetes says it by itself.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int ShardIndex { get; set; }

    /// <summary>Into how many parts the pictures are divided; 1 does not divide them.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int ShardCount { get; set; }

    /// <summary>A file to which the run's events are appended, one JSON object a line.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? LogPath { get; set; }

    /// <summary>The name of a variable, without $, that gets the run's summary.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? SummaryVariable { get; set; }

    /// <inheritdoc/>
    private protected override void Fail(EgressException error)
    {
        _watch?.Fault(error);
        EndWatch();
        base.Fail(error);
    }

    private void BeginWatch()
    {
        if (!IsWhatIf())
        {
            var log = LogPath is null ? null : Do(() => FullPath(LogPath));
            _watch = Do(() => new RunWatch(Model, WatchedDestination(), log, TelemetryExport.Current));
        }
    }

    /// <summary>The destination as it may be logged: one that cannot be read may hold anything, and is an error soon.</summary>
    private string? WatchedDestination()
    {
        try
        {
            return Destination is null ? null : DestinationPath(Destination);
        }
        catch (EgressException)
        {
            return null;
        }
    }

    private void FindShard()
    {
        _shard = Do(() => new ShardEnvironment().Resolve(
            Bound(nameof(ShardIndex)) ? ShardIndex : null, Bound(nameof(ShardCount)) ? ShardCount : null));
        if (!_shard.IsWhole && !Bound(nameof(ShardIndex)))
        {
            // Whoever does not know that the scheduler divides the work has to see where the other pictures are.
            var message = $"This is {_shard}, by {_shard.Source}: pictures of the other shards are left to them. -ShardCount 1 takes all.";
            WriteInformation(new HostInformationMessage { Message = message }, ["PSHOST"]);
        }
    }

    private void DescribeRun() => _watch?.Describe(new RunDescription
    {
        Device = string.Join(',', _devices),
        Strategy = _options.Pipeline.Strategy.Name,
        BatchSize = _options.Pipeline.BatchSize,
        OutputKind = _options.Model.OutputKind.ToString(),
        OutputFormat = _options.OutputFormat.ToString(),
        Shard = _shard,
    });

    private bool IsOwn(string input)
    {
        if (_shard.Owns(System.IO.Path.GetFileNameWithoutExtension(input)))
        {
            return true;
        }

        _watch?.LeftToAnotherShard();
        return false;
    }

    private void Watch(ItemOutcome<SegmentationItem, SegmentationResult> outcome)
    {
        if (outcome.Error is { } error)
        {
            _watch?.Failed(outcome.Item.Name, error);
        }
        else
        {
            _watch?.Done(outcome.Result!);
        }
    }

    private void EndWatch()
    {
        if (_watch is null || _watch.Summary is not null)
        {
            return;
        }

        var summary = _watch.End();
        if (SummaryVariable is not null)
        {
            SessionState.PSVariable.Set(SummaryVariable, summary);
        }

        if (summary.LogProblem is { } logProblem)
        {
            WriteWarning($"The log '{LogPath}' is not complete: {logProblem}");
        }

        if (summary.TelemetryProblem is { } telemetryProblem)
        {
            WriteWarning($"Metrics or traces were not delivered: {telemetryProblem}");
        }

        WriteInformation(summary, [SummaryTag]);
    }

    /// <summary>
    /// Ends the watch of a run that was stopped: what it has committed and nobody has taken counts too. The streams are closed by
    /// now; the variable is not.
    /// </summary>
    private void EndStoppedWatch()
    {
        if (_watch is null || _watch.Summary is not null)
        {
            return;
        }

        _run?.Cancel();
        while (_run is { IsCompleted: false })
        {
            try
            {
                if (_run.TryTake(out var outcome, 100))
                {
                    Watch(outcome);
                }
            }
            catch (EgressException fault)
            {
                _watch.Fault(fault);
            }
            catch (OperationCanceledException)
            {
                // The end that was expected.
            }
        }

        var summary = _watch.End(stopped: true);
        if (SummaryVariable is not null)
        {
            SessionState.PSVariable.Set(SummaryVariable, summary);
        }
    }

    private bool IsWhatIf() => MyInvocation.BoundParameters.TryGetValue("WhatIf", out var bound)
        ? LanguagePrimitives.IsTrue(bound)
        : LanguagePrimitives.IsTrue(SessionState.PSVariable.GetValue("WhatIfPreference"));
}
