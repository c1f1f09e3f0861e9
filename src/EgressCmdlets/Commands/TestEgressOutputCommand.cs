using System.Management.Automation;
using Egress.Cmdlets.Support;
using Egress.Output;
using Egress.Output.Stores;

namespace Egress.Cmdlets.Commands;

/// <summary>
/// <para>Holds destinations against their journals: whether every output is there, as it was committed. It changes nothing.</para>
/// </summary>
[Cmdlet(VerbsDiagnostic.Test, "EgressOutput")]
[OutputType(typeof(OutputVerification), typeof(bool))]
public sealed class TestEgressOutputCommand : EgressCommand, IDisposable
{
    private readonly CancellationTokenSource _stop = new();

    /// <summary>The destinations of runs.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    public string[] Destination { get; set; } = [];

    /// <summary>Looks at the sizes of files and does not read them: seconds instead of hours, and blind to changed content.</summary>
    [Parameter]
    public SwitchParameter SkipContent { get; set; }

    /// <summary>Gives only whether a destination is sound.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var destination in Destination)
        {
            try
            {
                var verification = Verify(DestinationPath(destination));
                WriteObject(Quiet ? verification.IsSound : verification);
            }
            catch (EgressException error)
            {
                WriteError(ErrorRecords.From(error));
            }
        }
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _stop.Cancel();

    private OutputVerification Verify(string destination)
    {
        using var store = OutputStores.OpenForReading(destination);
        var verifier = new OutputVerifier(store, readsContent: !SkipContent);
        var progress = new RunProgress(this, $"Verifying '{destination}'", "files");
        var verifying = Task.Run(() => verifier.Verify(_stop.Token));
        try
        {
            while (!verifying.Wait(100))
            {
                progress.Total = verifier.Total;
                progress.Report(verifier.Checked);
            }

            return verifying.Result;
        }
        catch (AggregateException error) when (error.InnerException is OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
        catch (AggregateException error) when (error.InnerException is EgressException reason)
        {
            throw reason;
        }
        finally
        {
            progress.Complete();
        }
    }
}
