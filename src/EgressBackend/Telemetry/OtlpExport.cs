using System.Globalization;
using Egress.Operations;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Egress.Backend.Telemetry;

/// <summary>
/// Metrics and traces by OpenTelemetry's own protocol. All its settings are the standard variables, which the library reads; only the
/// service's name has another default than the process's, which is that of a shell.
/// </summary>
internal sealed class OtlpExport : ITelemetryExport, IDisposable
{
    private const string ServiceName = "egress";

    // A collector that does not answer must not hold up the end of a job for longer.
    private const int FlushMilliseconds = 5000;

    private readonly ExportProblems _problems = new();
    private readonly OpenTelemetrySdk? _sdk;

    /// <exception cref="EgressException"><see cref="EgressErrorId.EnvironmentInvalid"/>.</exception>
    public OtlpExport(TelemetrySettings settings)
    {
        try
        {
            _sdk = OpenTelemetrySdk.Create(builder =>
            {
                builder.ConfigureResource(resource => resource
                    .Clear()
                    .AddService(ServiceName, serviceVersion: EgressTelemetry.Source.Version)
                    .AddTelemetrySdk()
                    .AddEnvironmentVariableDetector());
                if (settings.Traces)
                {
                    builder.WithTracing(traces => traces.AddSource(EgressTelemetry.Name).AddOtlpExporter(options => Set(options, "TRACES")));
                }

                if (settings.Metrics)
                {
                    builder.WithMetrics(metrics => metrics.AddMeter(EgressTelemetry.Name).AddOtlpExporter(options => Set(options, "METRICS")));
                }
            });
        }
        catch (Exception error) when (error is ArgumentException or FormatException or InvalidOperationException or NotSupportedException or OverflowException)
        {
            Dispose();
            throw new EgressException(
                EgressErrorId.EnvironmentInvalid,
                EgressErrorCategory.InvalidArgument,
                $"The export of metrics and traces could not be set up: {error.Message}",
                "Correct the OTEL_ variables, or switch the export off with OTEL_SDK_DISABLED=true.",
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                error);
        }
    }

    /// <inheritdoc/>
    public string? Flush()
    {
        // The two do not wait for one another: a collector that does not answer costs the time once.
        var traces = Task.Run(() => _sdk?.TracerProvider.ForceFlush(FlushMilliseconds) ?? true);
        var metrics = Task.Run(() => _sdk?.MeterProvider.ForceFlush(FlushMilliseconds) ?? true);
        var delivered = Task.WaitAll([traces, metrics], FlushMilliseconds + 500) && traces.Result && metrics.Result;
        return _problems.Take() ?? (delivered ? null : "The collector did not take everything in time.");
    }

    /// <summary>Ends the export. Nothing does at the end of a process: every run has flushed what there was.</summary>
    public void Dispose()
    {
        _sdk?.Dispose();
        _problems.Dispose();
    }

    /// <summary>
    /// The variables of one signal, which the library reads only where it exports all signals, those that are
    /// not wanted included. An address in them is taken as it is; to the one for all signals the library adds the signal's path.
    /// </summary>
    private static void Set(OtlpExporterOptions options, string signal)
    {
        string? Variable(string name) => Environment.GetEnvironmentVariable($"OTEL_EXPORTER_OTLP_{signal}_{name}") is { Length: > 0 } value ? value : null;

        if (Variable("PROTOCOL") is { } protocol)
        {
            options.Protocol = protocol == "grpc" ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        }

        if (Variable("ENDPOINT") is { } endpoint)
        {
            options.Endpoint = new Uri(endpoint);
        }

        options.Headers = Variable("HEADERS") ?? options.Headers;
        if (Variable("TIMEOUT") is { } timeout)
        {
            options.TimeoutMilliseconds = int.Parse(timeout, NumberStyles.None, CultureInfo.InvariantCulture);
        }
    }
}
