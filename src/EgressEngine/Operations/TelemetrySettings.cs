namespace Egress.Operations;

/// <summary>
/// Whether the environment switches the export of metrics and traces on, by OpenTelemetry's standard variables. Everything else that
/// they say (endpoints, headers, protocols, intervals, samplers, resources) the exporter reads itself.
/// </summary>
/// <param name="Metrics">Whether metrics are exported.</param>
/// <param name="Traces">Whether traces are exported.</param>
public readonly record struct TelemetrySettings(bool Metrics, bool Traces)
{
    /// <summary>Whether anything is exported.</summary>
    public bool IsOn => Metrics || Traces;

    /// <summary>Reads the environment. A signal is exported where an endpoint is named for it or for all, or its exporter is <c>otlp</c>.</summary>
    /// <param name="environment">Gives environment variables.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.EnvironmentInvalid"/>: an endpoint is no address, or a protocol not
    /// one of those that the exporter speaks. It would go on with its defaults, and everything would be lost in silence.</exception>
    public static TelemetrySettings Read(Func<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        if (string.Equals(environment("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase))
        {
            return default;
        }

        var settings = new TelemetrySettings(IsSignalOn(environment, "METRICS"), IsSignalOn(environment, "TRACES"));
        foreach (var part in settings.IsOn ? (string[])["", "METRICS_", "TRACES_"] : [])
        {
            Require(environment, $"OTEL_EXPORTER_OTLP_{part}ENDPOINT", IsAddress, "an address such as http://collector:4317");
            Require(environment, $"OTEL_EXPORTER_OTLP_{part}PROTOCOL", value => value is "grpc" or "http/protobuf", "grpc or http/protobuf");
        }

        return settings;
    }

    private static bool IsAddress(string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps);

    private static void Require(Func<string, string?> environment, string name, Func<string, bool> isValid, string expected)
    {
        if (environment(name) is { } value && !string.IsNullOrWhiteSpace(value) && !isValid(value))
        {
            throw new EgressException(
                EgressErrorId.EnvironmentInvalid,
                EgressErrorCategory.InvalidArgument,
                $"The variable {name} is '{value}' and not {expected}.",
                "Correct it, or switch the export of metrics and traces off with OTEL_SDK_DISABLED=true.",
                name);
        }
    }

    private static bool IsSignalOn(Func<string, string?> environment, string signal)
    {
        // The specification has a list here; of its values "otlp" and "none" mean something to this exporter.
        var exporters = environment($"OTEL_{signal}_EXPORTER");
        if (!string.IsNullOrWhiteSpace(exporters))
        {
            return exporters.Split(',', StringSplitOptions.TrimEntries).Contains("otlp", StringComparer.OrdinalIgnoreCase);
        }

        return !string.IsNullOrWhiteSpace(environment("OTEL_EXPORTER_OTLP_ENDPOINT"))
            || !string.IsNullOrWhiteSpace(environment($"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"));
    }
}
