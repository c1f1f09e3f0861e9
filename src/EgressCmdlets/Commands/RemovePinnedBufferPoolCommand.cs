using System.Management.Automation;
using Egress.Buffers;
using Egress.Cmdlets.Support;

namespace Egress.Cmdlets.Commands;

/// <summary><para>Gives the memory of buffer pools back.</para></summary>
[Cmdlet(VerbsCommon.Remove, "PinnedBufferPool", SupportsShouldProcess = true)]
public sealed class RemovePinnedBufferPoolCommand : EgressCommand
{
    /// <summary>Pools from New-PinnedBufferPool.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNull]
    public HostBufferPool[] BufferPool { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var pool in BufferPool)
        {
            if (!pool.IsRemoved && ShouldProcess(pool.ToString(), "Remove"))
            {
                try
                {
                    pool.Remove();
                }
                catch (EgressException error)
                {
                    WriteError(ErrorRecords.From(error));
                }
            }
        }
    }
}
