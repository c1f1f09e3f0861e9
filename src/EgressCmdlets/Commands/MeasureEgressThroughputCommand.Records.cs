using System.Management.Automation;
using Egress.Cmdlets.Support;
using Egress.Measurement;

namespace Egress.Cmdlets.Commands;

/// <content>What is named on the command line, and what records of the pipeline say.</content>
public sealed partial class MeasureEgressThroughputCommand
{
    // Named parameters, and what to do instead, that mean nothing to a workload. A record may have them: results have all columns.
    private static readonly (string Workload, string Parameter, string Advice)[] s_useless =
    [
        (EmbeddingConfiguration.Workload, nameof(OutputKind), "Use -Pooling."),
        (EmbeddingConfiguration.Workload, nameof(ClassCount), "Leave -ClassCount away: encoders have no classes."),
        (EmbeddingConfiguration.Workload, nameof(Path), "Leave -Path away: encoders are measured with random tokens."),
        (EmbeddingConfiguration.Workload, nameof(CacheInput), "Leave -CacheInput away: there are no pictures to load."),
        (SegmentationWorkloadName, nameof(Pooling), $"Use -OutputKind, or -Workload {EmbeddingConfiguration.Workload}."),
        (SegmentationWorkloadName, nameof(SequenceLength), $"Use -ImageSize, or -Workload {EmbeddingConfiguration.Workload}."),
    ];

    private readonly HashSet<string> _named = new(StringComparer.OrdinalIgnoreCase);
    private Dictionary<string, Type> _columns = [];
    private Dictionary<string, object?> _initial = [];

    private bool IsEmbedding => Workload.Equals(EmbeddingConfiguration.Workload, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a parameter was named, or read from the record.</summary>
    private bool IsBound(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    /// <summary>What is bound before the first record was named.</summary>
    private void LearnNames()
    {
        _named.UnionWith(MyInvocation.BoundParameters.Keys);
        _columns = MyInvocation.MyCommand.Parameters.Values
            .Where(parameter => !_named.Contains(parameter.Name) && parameter.ParameterSets.Values.Any(set => set.ValueFromPipelineByPropertyName))
            .ToDictionary(parameter => parameter.Name, parameter => parameter.ParameterType);
        RefuseZero(nameof(ClassCount), ClassCount);
        RefuseZero(nameof(ImageSize), ImageSize);
        _initial = _columns.Keys.ToDictionary(column => column, column => GetType().GetProperty(column)!.GetValue(this));
        if (_named.Contains(nameof(InputObject)))
        {
            Fail(new EgressException(
                EgressErrorId.OptionInvalid, EgressErrorCategory.InvalidArgument, "-InputObject takes its objects from the pipeline alone.",
                "Pipe them: Import-Csv sweep.csv | Measure-EgressThroughput.", InputObject));
        }
    }

    /// <summary>Results have 0 where a setting means nothing; who names it means something. PowerShell's own error, as for other bounds.</summary>
    private void RefuseZero(string parameter, int[] values)
    {
        if (_named.Contains(parameter) && values.Contains(0))
        {
            ThrowTerminatingError(new ErrorRecord(
                new ValidationMetadataException($"Cannot validate argument on parameter '{parameter}'. Only a result that is piped may have 0."),
                "ParameterArgumentValidationError", ErrorCategory.InvalidData, 0));
        }
    }

    /// <summary>Throws where a parameter was named that means nothing to what is measured.</summary>
    private void RequireUsefulNames()
    {
        var workload = IsEmbedding ? EmbeddingConfiguration.Workload : SegmentationWorkloadName;
        if (s_useless.FirstOrDefault(useless => useless.Workload == workload && _named.Contains(useless.Parameter)) is { Parameter: { } parameter } useless)
        {
            throw new EgressException(
                EgressErrorId.OptionInvalid, EgressErrorCategory.InvalidArgument, $"-{parameter} means nothing to the workload {workload}.", useless.Advice,
                parameter);
        }
    }

    /// <summary>The record, if there is one, once it is known that nothing of it was misread.</summary>
    private SweepRecord? ReadRecord()
    {
        if (InputObject is null)
        {
            return null;
        }

        var record = new SweepRecord(InputObject, _columns);
        ForgetOthers(record);
        record.Require(IsEmbedding ? [nameof(OutputKind)] : []);
        return record;
    }

    // PowerShell goes on listing what the last record bound, and after one that it refused does not bring all initial values back.
    private void ForgetOthers(SweepRecord record)
    {
        foreach (var column in _columns.Keys.Where(column => !record.Has(column)))
        {
            MyInvocation.BoundParameters.Remove(column);
            GetType().GetProperty(column)!.SetValue(this, _initial[column]);
        }
    }
}
