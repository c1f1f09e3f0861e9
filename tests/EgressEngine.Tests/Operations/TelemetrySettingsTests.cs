using Egress.Operations;

namespace Egress.Tests.Operations;

public sealed class TelemetrySettingsTests
{
    [Theory]
    [InlineData("", false, false)]
    [InlineData("OTEL_SERVICE_NAME=masks", false, false)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318", true, true)]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://c:4318/v1/traces", false, true)]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://c:4318/v1/metrics", true, false)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318 OTEL_TRACES_EXPORTER=none", true, false)]
    [InlineData("OTEL_METRICS_EXPORTER=otlp", true, false)]
    [InlineData("OTEL_METRICS_EXPORTER=console,otlp OTEL_TRACES_EXPORTER=console", true, false)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318 OTEL_SDK_DISABLED=true", false, false)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318 OTEL_SDK_DISABLED=false", true, true)]
    public void The_standard_variables_switch_the_export_on(string environment, bool metrics, bool traces)
    {
        var variables = environment.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(setting => setting.Split('=', 2))
            .ToDictionary(parts => parts[0], parts => parts[1]);
        Assert.Equal(new TelemetrySettings(metrics, traces), TelemetrySettings.Read(name => variables.GetValueOrDefault(name)));
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "ftp://collector")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")]
    public void A_setting_that_the_exporter_would_ignore_is_refused(string name, string value)
    {
        var error = Assert.Throws<EgressException>(() => TelemetrySettings.Read(
            asked => asked == name ? value : asked == "OTEL_TRACES_EXPORTER" ? "otlp" : null));
        Assert.Equal((EgressErrorId.EnvironmentInvalid, name), (error.ErrorId, error.Target));

        // Where nothing is exported, nobody is told about it.
        Assert.Equal(default, TelemetrySettings.Read(asked => asked == name ? value : asked == "OTEL_SDK_DISABLED" ? "true" : null));
    }
}
