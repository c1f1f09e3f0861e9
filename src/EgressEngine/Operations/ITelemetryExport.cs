namespace Egress.Operations;

/// <summary>The export of this process's metrics and traces to a collector. It works in the background; no run waits for it.</summary>
public interface ITelemetryExport
{
    /// <summary>Delivers what has been collected, within a few seconds.</summary>
    /// <returns>Why something was not delivered, or null.</returns>
    string? Flush();
}
