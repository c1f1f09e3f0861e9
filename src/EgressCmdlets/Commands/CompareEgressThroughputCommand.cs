using System.Management.Automation;
using Egress.Cmdlets.Completion;
using Egress.Cmdlets.Support;
using Egress.Measurement;
using Egress.Measurement.Comparison;
using Egress.Measurement.Sweeps;

namespace Egress.Cmdlets.Commands;

/// <summary>
/// <para>Sets two sets of results against each other, before and after or of two machines, and says which differences are larger than
/// the noise. With -FailOn it ends with an error where there are such differences, which is a scheduled job's exit code.</para>
/// </summary>
[Cmdlet(VerbsData.Compare, "EgressThroughput")]
[OutputType(typeof(ThroughputComparison))]
public sealed class CompareEgressThroughputCommand : EgressCommand
{
    private readonly List<ThroughputResult> _after = [];

    /// <summary>
    /// Results before: of Measure-EgressThroughput, read again with Import-Csv or ConvertFrom-Json, or the names of files that
    /// Export-Csv, ConvertTo-Json or -Resume have written.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNull]
    public PSObject[] Reference { get; set; } = [];

    /// <summary>Results after, likewise.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true)]
    [ValidateNotNull]
    public PSObject[] Difference { get; set; } = [];

    /// <summary>The share by which throughput has to change to be worth a word, whatever the noise.</summary>
    [Parameter]
    [ValidateRange(0.0, 10.0)]
    public double Threshold { get; set; } = 0.03;

    /// <summary>Properties of a configuration that need not be equal: Device, to compare two devices.</summary>
    [Parameter]
    [ValidateSet(
        "Strategy", "Model", "Device", "Precision", "OutputKind", "BatchSize", "ImageSize", "SequenceLength", "ClassCount", "WorkerCount", "BufferCount",
        "LoaderCount", "Weights")]
    public string[] IgnoreProperty { get; set; } = [];

    /// <summary>Verdicts that end the command with an error, once all comparisons are out.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(VerdictCompleter))]
    [ValidateSet(
        ThroughputVerdict.Slower, ThroughputVerdict.Failed, ThroughputVerdict.Missing, ThroughputVerdict.Unclear, ThroughputVerdict.Faster,
        ThroughputVerdict.Added)]
    public string[] FailOn { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord() => _after.AddRange(Do(() => Read(Difference)));

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var comparisons = Do(() => new ThroughputComparer { Threshold = Threshold, IgnoredProperties = IgnoreProperty }
            .Compare(Read(Reference), _after));
        WriteObject(comparisons, enumerateCollection: true);
        var failures = comparisons.Where(comparison => FailOn.Contains(comparison.Verdict, StringComparer.OrdinalIgnoreCase)).ToList();
        if (failures.Count > 0)
        {
            var verdicts = failures.GroupBy(failure => failure.Verdict).Select(group => $"{group.Count()} {group.Key.ToLowerInvariant()}");
            Fail(new EgressException(
                EgressErrorId.ThroughputChanged,
                EgressErrorCategory.InvalidData,
                $"Of {comparisons.Count} configurations: {string.Join(", ", verdicts)}.",
                "The comparisons that were written name them. Measure again with more repetitions where noise is the suspect.",
                failures));
        }
    }

    private List<ThroughputResult> Read(PSObject[] objects)
    {
        var results = new List<ThroughputResult>();
        foreach (var item in objects)
        {
            if (item?.BaseObject is ThroughputResult result)
            {
                results.Add(result);
            }
            else if (item?.BaseObject is string path)
            {
                results.AddRange(ThroughputFile.Read(FullPath(path)));
            }
            else
            {
                results.Add(ThroughputRecord.Read(name => Unwrap(item?.Properties[name]?.Value)));
            }
        }

        return results;
    }

    private static object? Unwrap(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
