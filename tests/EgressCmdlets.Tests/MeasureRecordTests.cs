using System.Management.Automation;

namespace Egress.Cmdlets.Tests;

/// <summary>What Measure-EgressThroughput makes of objects on the pipeline, and of parameters that mean nothing to a workload.</summary>
public sealed class MeasureRecordTests : IDisposable
{
    private const string Quick = "-Device 'simulated:compute=0,copy=0,processing=0' -Steps 2 -WarmupSteps 0 -NoLimit";

    private static readonly string[] s_settings =
    [
        "Workload", "Strategy", "Model", "Device", "Precision", "OutputKind", "BatchSize", "ImageSize", "SequenceLength", "ClassCount", "WorkerCount",
        "BufferCount", "LoaderCount", "Status",
    ];

    private readonly ModuleSession _session = new();

    [Fact]
    public void Results_of_encoders_and_networks_are_measured_again_as_they_were()
    {
        var result = _session.Invoke(
            $$"""
            $first = @(
                Measure-EgressThroughput Baseline, Pipelined -Workload Embedding -Pooling None, Cls -SequenceLength 8 -Precision Float16 -BatchSize 2 {{Quick}}
                Measure-EgressThroughput -OutputKind Labels -ImageSize 16 -ClassCount 3 -BatchSize 2 {{Quick}})
            $first
            $first | Measure-EgressThroughput -Steps 2 -WarmupSteps 0 -NoLimit
            """).Throw();

        Assert.Equal(10, result.Output.Count);
        foreach (var setting in s_settings)
        {
            var values = result.Get<string>(setting);
            Assert.Equal(values.Take(5), values.Skip(5));
        }

        Assert.Equal(["Tokens", "Tokens", "Cls", "Cls", "Labels"], result.Get<string>("OutputKind").Skip(5));
    }

    [Fact]
    public void A_pooling_that_is_named_counts_more_than_a_results()
    {
        var result = _session.Invoke(
            $$"""
            Measure-EgressThroughput -Workload Embedding -SequenceLength 8 -BatchSize 1 {{Quick}} |
                Measure-EgressThroughput -Pooling Last {{Quick}}
            """).Throw();
        Assert.Equal(["Last"], result.Get<string>("OutputKind"));
    }

    [Theory]
    [InlineData("BatchSize", "x")]
    [InlineData("BatchSize", "4;8")]
    [InlineData("BatchSize", "4,8")]
    [InlineData("BatchSize", "2.5")]
    [InlineData("OutputKind", "Tokens")]
    [InlineData("Precision", "Float64")]
    public void A_cell_that_is_no_value_is_its_records_error_and_the_others_are_measured(string column, string cell)
    {
        var result = _session.Invoke(
            $$"""
            param($column, $cell)
            [pscustomobject]@{ Strategy = 'Baseline'; $column = $cell }, [pscustomobject]@{ Strategy = 'Pipelined' } |
                Measure-EgressThroughput -ImageSize 16 {{Quick}}
            """, column, cell);

        Assert.Null(result.Terminating);
        Assert.Equal(["Pipelined"], result.Get<string>("Strategy"));
        var error = Assert.Single(result.Errors);
        Assert.Equal("OptionInvalid", error.FullyQualifiedErrorId.Split(',')[0]);
        Assert.Contains($"'{cell}'", error.Exception.Message, StringComparison.Ordinal);
        Assert.Equal(cell, PSObject.AsPSObject(error.TargetObject).Properties[column].Value);
    }

    [Fact]
    public void An_encoders_output_of_a_network_is_an_error() =>
        Assert.Equal("OptionInvalid", Error(
            $"[pscustomobject]@{{ Workload = 'Embedding'; OutputKind = 'Logits' }} | Measure-EgressThroughput {Quick}"));

    [Fact]
    public void What_one_record_says_is_forgotten_with_the_next()
    {
        var result = _session.Invoke(
            $$"""
            [pscustomobject]@{ Workload = 'Embedding'; Model = 'bert_tiny'; BatchSize = 1 },
            [pscustomobject]@{ OutputKind = 'Labels'; BatchSize = -1 },
            [pscustomobject]@{ BatchSize = 3; OutputKind = '' },
            [pscustomobject]@{ Workload = 'Embedding'; BatchSize = 2 } | Measure-EgressThroughput {{Quick}}
            """);

        Assert.Single(result.Errors);
        Assert.Equal(
            ["1 bert_tiny Tokens", "3 deeplabv3_resnet50 Logits", "2 bert_base Tokens"],
            result.Output.Select(item =>
                $"{item.Properties["BatchSize"].Value} {item.Properties["Model"].Value} {item.Properties["OutputKind"].Value}"));
    }

    [Theory]
    [InlineData("'Baseline'")]
    [InlineData("@{ BatchSize = 4 }")]
    public void What_has_no_property_of_a_parameters_name_is_an_error(string input) =>
        Assert.Equal("OptionInvalid", Error($"{input} | Measure-EgressThroughput {Quick}"));

    [Fact]
    public void Objects_come_from_the_pipeline_alone() =>
        Assert.Equal("OptionInvalid", Error($"Measure-EgressThroughput -InputObject ([pscustomobject]@{{ BatchSize = 4 }}) {Quick}"));

    [Theory]
    [InlineData("-Workload Embedding -OutputKind Labels", "-OutputKind")]
    [InlineData("-Workload Embedding -ClassCount 5", "-ClassCount")]
    [InlineData("-Workload Embedding -CacheInput", "-CacheInput")]
    [InlineData("-Workload Embedding -Path '/proc/cpuinfo'", "-Path")]
    [InlineData("-Workload Embedding -ImageSize 32", "-ImageSize")]
    [InlineData("-Pooling Mean", "-Pooling")]
    [InlineData("-SequenceLength 8", "-SequenceLength")]
    public void A_named_parameter_that_means_nothing_to_the_workload_is_an_error(string parameters, string name)
    {
        var result = _session.Invoke($"Measure-EgressThroughput {parameters} {Quick}");
        var error = result.Terminating ?? Assert.Single(result.Errors);
        Assert.Equal("OptionInvalid", error.FullyQualifiedErrorId.Split(',')[0]);
        Assert.Contains(name, error.Exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(result.Output, item => item.Properties["StepsPerSecond"].Value is not null);
    }

    [Theory]
    [InlineData("-ImageSize 8")]
    [InlineData("-ImageSize 0")]
    [InlineData("-ClassCount 21, 0")]
    public void A_bound_that_is_named_is_within_its_range(string parameters) =>
        Assert.Equal("ParameterArgumentValidationError", Error($"Measure-EgressThroughput {parameters} {Quick}"));

    [Fact]
    public void A_records_zero_is_the_default()
    {
        var result = _session.Invoke(
            $"[pscustomobject]@{{ ImageSize = 0; ClassCount = 0; OutputKind = 'Labels'; BatchSize = 1 }} | Measure-EgressThroughput {Quick}").Throw();
        Assert.Equal([512], result.Get<int>("ImageSize"));
        Assert.Equal([21], result.Get<int>("ClassCount"));
    }

    [Fact]
    public void A_resumed_sweep_of_encoders_measures_nothing_twice()
    {
        using var folder = new TemporaryFolder();
        var command = $"Measure-EgressThroughput -Workload Embedding -Pooling Mean -BatchSize 1 -Resume '{folder["sweep.csv"]}' {Quick}";
        var first = _session.Invoke(command).Throw();
        var again = _session.Invoke(command).Throw();
        Assert.Equal(first.Get<DateTimeOffset>("MeasuredAt"), again.Get<DateTimeOffset>("MeasuredAt"));
    }

    public void Dispose() => _session.Dispose();

    private string Error(string script)
    {
        var result = _session.Invoke(script);
        return (result.Terminating ?? Assert.Single(result.Errors)).FullyQualifiedErrorId.Split(',')[0];
    }
}
