using System.Management.Automation;
using Egress.Input;
using Egress.Operations;

namespace Egress.Cmdlets.Support;

/// <content>What operators need of a run: its log, its summary, and its share of the work.</content>
public abstract partial class RunCommand
{
    /// <summary>The tag of the summary on the information stream.</summary>
    private const string SummaryTag = "EgressRunSummary";

    /// <summary>The run's share of the work.</summary>
    private protected ShardAssignment Shard { get; private set; } = ShardAssignment.Whole;

    /// <summary>What knows of everything that becomes of the run.</summary>
    private protected RunWatch? Watch { get; private set; }

    /// <summary>Which part of the inputs is this run's, from 0; a Slurm array or an indexed job of Kubernetes says it by itself.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int ShardIndex { get; set; }

    /// <summary>Into how many parts the inputs are divided; 1 does not divide them.</summary>
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
        Watch?.Fault(error);
        EndWatch();
        base.Fail(error);
    }

    private void BeginWatch()
    {
        CheckSummaryVariable();
        if (!IsWhatIf())
        {
            var log = LogPath is null ? null : Do(() => FullPath(LogPath));
            Watch = Do(() => new RunWatch(WatchedModel, WatchedDestination(), log, TelemetryExport.Current));
        }
    }

    /// <summary>Sees that the summary will have its variable, before there is anything to sum up.</summary>
    private void CheckSummaryVariable()
    {
        if (SummaryVariable is null)
        {
            return;
        }

        var problem = SummaryVariable.StartsWith('$') ? "it is given without $"
            : SessionState.PSVariable.Get(SummaryVariable) is { } variable && (variable.Options & (ScopedItemOptions.ReadOnly | ScopedItemOptions.Constant)) != 0
                ? "it is one that cannot be set"
                : null;
        if (problem is not null)
        {
            SummaryVariable = null;
            Fail(new EgressException(
                EgressErrorId.OptionInvalid, EgressErrorCategory.InvalidArgument, $"-SummaryVariable names '{MyInvocation.BoundParameters[nameof(SummaryVariable)]}', and {problem}.",
                "Name another variable, without $: -SummaryVariable summary.", MyInvocation.BoundParameters[nameof(SummaryVariable)]));
        }
    }

    /// <summary>The model as it is logged.</summary>
    private protected abstract string WatchedModel { get; }

    /// <summary>What items are called, in the plural: <c>pictures</c>.</summary>
    private protected abstract string ItemName { get; }

    /// <summary>The destination as it may be logged: one that cannot be read may hold anything, and is an error soon.</summary>
    private protected abstract string? WatchedDestination();

    private void FindShard()
    {
        Shard = Do(() => new ShardEnvironment().Resolve(
            Bound(nameof(ShardIndex)) ? ShardIndex : null, Bound(nameof(ShardCount)) ? ShardCount : null));
        if (!Shard.IsWhole && !Bound(nameof(ShardIndex)))
        {
            // Whoever does not know that the scheduler divides the work has to see where the others are.
            var message = $"This is {Shard}, by {Shard.Source}: {ItemName} of the other shards are left to them. -ShardCount 1 takes all.";
            WriteInformation(new HostInformationMessage { Message = message }, ["PSHOST"]);
        }
    }

    /// <summary>Whether an item is this run's; one that is not is counted.</summary>
    /// <param name="key">Its key: what decides its shard.</param>
    private protected bool IsOwn(string key)
    {
        if (Shard.Owns(key))
        {
            return true;
        }

        Watch?.LeftToAnotherShard();
        return false;
    }

    /// <summary>The run has ended, one way or the other.</summary>
    private protected void EndWatch()
    {
        if (Watch is null || Watch.Summary is not null)
        {
            return;
        }

        var summary = Watch.End();
        if (SummaryVariable is not null)
        {
            SessionState.PSVariable.Set(SummaryVariable, summary);
        }

        _trace?.Dispose();
        if (_trace?.Problem is { } traceProblem)
        {
            WriteWarning($"The timeline '{TracePath}' is not complete: {traceProblem}");
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
        if (Watch is null || Watch.Summary is not null)
        {
            return;
        }

        CancelRun();
        while (IsRunning)
        {
            try
            {
                WatchOne(100, out _);
            }
            catch (EgressException fault)
            {
                Watch.Fault(fault);
            }
            catch (OperationCanceledException)
            {
                // The end that was expected.
            }
        }

        var summary = Watch.End(stopped: true);
        if (SummaryVariable is not null)
        {
            SessionState.PSVariable.Set(SummaryVariable, summary);
        }
    }

    private bool IsWhatIf() => MyInvocation.BoundParameters.TryGetValue("WhatIf", out var bound)
        ? LanguagePrimitives.IsTrue(bound)
        : LanguagePrimitives.IsTrue(SessionState.PSVariable.GetValue("WhatIfPreference"));
}
