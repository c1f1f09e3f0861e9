using System.Management.Automation;

namespace Egress.Cmdlets.Commands;

/// <content>What keeps a run right whatever happens: resuming, and an end where something hangs.</content>
public sealed partial class InvokeSegmentationBatchCommand
{
    /// <summary>Does only what the destination's journal does not have, and mends what it has and the destination has no longer.</summary>
    [Parameter]
    public SwitchParameter Resume { get; set; }

    /// <summary>
    /// Seconds that a stage may be at one batch before the run ends with an error. Without it a stage that hangs is only warned of,
    /// after a minute and again whenever the time has doubled.
    /// </summary>
    [Parameter]
    [ValidateRange(1, 7 * 24 * 3600)]
    public int StallTimeout { get; set; }

    private TimeSpan? StallLimit => Bound(nameof(StallTimeout)) ? TimeSpan.FromSeconds(StallTimeout) : null;

    private void WarnOfStalls()
    {
        while (_run!.TryTakeStall(out var stall))
        {
            _watch?.Stalled(stall.Stage, stall.Duration, stall.Report);
            WriteWarning(stall.ToString());
            WriteVerbose(stall.Report);
        }
    }
}
