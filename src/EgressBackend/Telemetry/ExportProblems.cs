using System.Diagnostics.Tracing;
using System.Globalization;

namespace Egress.Backend.Telemetry;

/// <summary>
/// Hears what OpenTelemetry's library reports of its own failures. It has no other way to tell: an exporter that reaches nobody
/// says so to an event source, and a flush that delivered nothing succeeds.
/// </summary>
internal sealed class ExportProblems : EventListener
{
    private const string SourcePrefix = "OpenTelemetry-Exporter-OpenTelemetryProtocol";
    private volatile string? _problem;

    /// <summary>The first problem since the last call, or null.</summary>
    public string? Take() => Interlocked.Exchange(ref _problem, null);

    /// <inheritdoc/>
    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name.StartsWith(SourcePrefix, StringComparison.Ordinal))
        {
            EnableEvents(eventSource, EventLevel.Warning);
        }
    }

    /// <inheritdoc/>
    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        var text = string.Format(CultureInfo.InvariantCulture, eventData.Message ?? "{0}", [.. eventData.Payload ?? []]);

        // The first line: the rest is the stack of an exception.
        Interlocked.CompareExchange(ref _problem, text.Split('\n', 2)[0].Trim(), null);
    }
}
