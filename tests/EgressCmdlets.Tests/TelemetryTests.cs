namespace Egress.Cmdlets.Tests;

/// <summary>Metrics and traces as they arrive at a collector, from a shell whose environment switches the export on.</summary>
public sealed class TelemetryTests
{
    private const string Run =
        "Invoke-SegmentationBatch -Device 'simulated:compute=0.2,copy=0.1,processing=0' -ImageSize 32 -BatchSize 2 -SummaryVariable s";

    [Fact]
    public void A_collector_gets_the_metrics_and_the_trace_of_a_run()
    {
        using var collector = new OtlpReceiver();
        var output = Shell(
            $"{Run} -Synthetic 6 | Out-Null; $s.IsHealthy; $s.TelemetryProblem",
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Endpoint), ("OTEL_EXPORTER_OTLP_HEADERS", "x-token=secret"),
            ("OTEL_RESOURCE_ATTRIBUTES", "site=north"), ("TRACEPARENT", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
        Assert.Equal("True", output.Trim());

        var spans = collector.Spans;
        var (resource, run) = Assert.Single(spans, span => span.Span.Text(5) == "egress.run");
        Assert.Equal(("egress", "north"), (resource["service.name"], resource["site"]));
        Assert.Equal(("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"), (run.Hex(1), run.Hex(4)));
        Assert.Equal("succeeded", run.Attributes(9)["egress.outcome"]);
        var batches = spans.Where(span => span.Span.Text(5) == "egress.batch").Select(span => span.Span).ToList();
        Assert.Equal(["0", "1", "2"], batches.Select(batch => batch.Attributes(9)["egress.batch"]).Order());
        Assert.All(batches, batch => Assert.Equal(run.Hex(2), batch.Hex(4)));
        Assert.All(batches, batch => Assert.InRange(batch.Number(7), 1UL, batch.Number(8)));
        Assert.Equal(batches.Count, spans.Count(span => span.Span.Text(5) == "compute"));

        // The last of each name is the whole: sums are cumulative.
        var metrics = collector.Metrics.Select(metric => metric.Metric).GroupBy(metric => metric.Text(1)).ToDictionary(group => group.Key, group => group.Last());
        Assert.Equal("{image}", metrics["egress.images"].Text(3));
        var images = Assert.Single(metrics["egress.images"].Path(7, 1));
        Assert.Equal((6UL, "processed"), (images.Number(6), images.Attributes(7)["egress.status"]));
        Assert.Equal(("s", 6UL), (metrics["egress.stage.duration"].Text(3), Points(metrics["egress.stage.duration"], "egress.stage", "load").Number(4)));
        Assert.Equal(3UL, Assert.Single(metrics["egress.batches"].Path(7, 1)).Number(6));
        Assert.Equal(3UL, Points(metrics["egress.device.duration"], "egress.work", "copy_out").Number(4));
        Assert.Equal(0UL, Assert.Single(metrics["egress.runs.active"].Path(7, 1)).Number(6));
        Assert.All(collector.Tokens, token => Assert.Equal("secret", token));
    }

    [Fact]
    public void A_fault_is_an_error_in_the_trace()
    {
        using var collector = new OtlpReceiver();
        Shell(
            $"try {{ {Run} -Synthetic 6 -ShardIndex 3 -ShardCount 2 }} catch {{ }}; 'done'", ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", collector.Endpoint + "/v1/traces"),
            ("OTEL_SERVICE_NAME", "masks"));
        var (resource, run) = Assert.Single(collector.Spans);
        Assert.Equal("masks", resource["service.name"]);
        Assert.Equal("ShardInvalid", run.Attributes(9)["error.type"]);
        Assert.Equal(2UL, run.Messages(15).Single().Number(3));
        Assert.Empty(collector.Metrics);
    }

    [Fact]
    public void Nothing_is_exported_and_nothing_loaded_where_it_is_switched_off()
    {
        using var collector = new OtlpReceiver();
        var output = Shell(
            $"{Run} -Synthetic 2 | Out-Null; [System.AppDomain]::CurrentDomain.GetAssemblies() | ForEach-Object {{ $_.GetName().Name }}",
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Endpoint), ("OTEL_SDK_DISABLED", "true"));
        Assert.DoesNotContain("OpenTelemetry", output, StringComparison.Ordinal);
        Assert.Empty(collector.Spans);
        Assert.Empty(collector.Metrics);
    }

    [Fact]
    public void A_collector_that_is_not_there_or_does_not_answer_costs_a_warning_and_seconds_and_no_picture()
    {
        using var silent = new OtlpReceiver(answers: false);
        foreach (var endpoint in (string[])[$"http://127.0.0.1:{OtlpReceiver.FreePort()}", silent.Endpoint])
        {
            var output = Shell(
                $"$images = {Run} -Synthetic 4 -WarningVariable w 3>$null; $images.Count; $s.Outcome; $s.IsHealthy; $w.Count; $s.Duration.TotalSeconds -lt 60",
                ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint));
            Assert.Equal(["4", "Succeeded", "False", "1", "True"], output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
    }

    [Fact]
    public void A_setting_that_cannot_be_read_is_an_error_and_not_silence()
    {
        var output = Shell(
            $"try {{ {Run} -Synthetic 4 }} catch {{ $_.FullyQualifiedErrorId.Split(',')[0] }}", ("OTEL_EXPORTER_OTLP_ENDPOINT", "no address"));
        Assert.Equal("EnvironmentInvalid", output.Trim());
    }

    private static OtlpMessage Points(OtlpMessage histogram, string tag, string value) =>
        Assert.Single(histogram.Path(9, 1), point => point.Attributes(9)[tag] == value);

    private static string Shell(string command, params (string, string?)[] environment) =>
        ChildShell.Run($"Import-Module '{ModuleSession.Manifest}'; {command}", [("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), .. environment]);
}
