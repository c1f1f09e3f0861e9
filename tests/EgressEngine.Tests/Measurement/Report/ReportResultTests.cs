using Egress.Measurement;
using Egress.Measurement.Report;

namespace Egress.Tests.Measurement.Report;

/// <summary>What a report takes of a measurement.</summary>
public sealed class ReportResultTests
{
    private static readonly ThroughputResult s_result = new()
    {
        Strategy = "Pipelined",
        Model = "pointwise",
        Device = "cpu",
        Precision = "Float32",
        OutputKind = "Logits",
        BatchSize = 4,
        ImageSize = 64,
        ClassCount = 21,
        WorkerCount = 2,
        BufferCount = 3,
        LoaderCount = 1,
        Steps = 10,
        Repeat = 5,
        StepsPerSecond = 1234.5,
        ConfidenceLow = 1200.25,
        ConfidenceHigh = 1250,
        Noise = 0.02,
        IsNoisy = true,
        LimitStepsPerSecond = 1500,
        LimitedBy = "Compute",
        Efficiency = 0.823,
        Verified = true,
        Advice = "Take more workers.",
        Limits = new ThroughputLimits(2000, 5000, 6000, 1500, 3000),
    };

    [Fact]
    public void It_tells_what_sets_the_limit_from_what_the_run_waited_for()
    {
        var row = ReportResult.Of(s_result);
        Assert.Equal(("Compute", "Processing"), (row.LimitedBy, row.LimitSetBy));
        Assert.Equal(new Interval(1200.25, 1250), row.Confidence);
        Assert.True(row.IsMeasured);
        Assert.True(row.IsNoisy);
        Assert.Equal("Pipelined, batches of 4, 2\u00A0workers, 3\u00A0buffers, 1\u00A0loader", row.Settings);
    }

    [Fact]
    public void What_a_table_did_not_have_is_not_known()
    {
        var row = ReportResult.Of(s_result with { ImageSize = 0, ConfidenceHigh = null, Machine = "", MeasuredAt = default, Limits = null });
        Assert.Null(row.ImageSize);
        Assert.Null(row.Confidence);
        Assert.Null(row.Machine);
        Assert.Null(row.MeasuredAt);
        Assert.Null(row.LimitSetBy);
    }

    [Fact]
    public void No_throughput_is_below_nothing() =>
        Assert.Equal(new Interval(0, 1250), ReportResult.Of(s_result with { ConfidenceLow = -3 }).Confidence);

    [Theory]
    [InlineData(null)]
    [InlineData(0.0)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Without_a_throughput_there_is_nothing_to_draw(double? stepsPerSecond) =>
        Assert.False(ReportResult.Of(s_result with { StepsPerSecond = stepsPerSecond }).IsMeasured);

    [Theory]
    [InlineData(0.0046, "0.0046")]
    [InlineData(0.45, "0.450")]
    [InlineData(1.849, "1.85")]
    [InlineData(19.23, "19.2")]
    [InlineData(1234.4, "1,234")]
    [InlineData(double.NaN, "–")]
    public void Numbers_read_well_whatever_their_size(double value, string expected) => Assert.Equal(expected, Words.Number(value));
}
