using System.Management.Automation;

namespace Egress.Cmdlets.Support;

/// <content>What keeps a run right whatever happens: resuming, and an end where something hangs.</content>
public abstract partial class RunCommand
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

    /// <summary>Warns of stages that do not come on.</summary>
    private protected void WarnOfStalls()
    {
        while (TryTakeStall(out var stall))
        {
            Watch?.Stalled(stall!.Stage, stall.Duration, stall.Report);
            WriteWarning(stall!.ToString());
            WriteVerbose(stall.Report);
        }
    }
}
