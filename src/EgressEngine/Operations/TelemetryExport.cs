using Egress.Backend;

namespace Egress.Operations;

/// <summary>Gives the one export of the process, where the environment switches it on.</summary>
public static class TelemetryExport
{
    private static readonly Lock s_lock = new();
    private static ITelemetryExport? s_export;

    /// <summary>
    /// The export, started by the first call that finds it switched on; null where it is switched off, without loading anything.
    /// What is wrong with its settings comes out here, as an error and not as silence.
    /// </summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.EnvironmentInvalid"/>.</exception>
    public static ITelemetryExport? Current()
    {
        lock (s_lock)
        {
            var settings = TelemetrySettings.Read(Environment.GetEnvironmentVariable);
            return settings.IsOn ? s_export ??= BackendLoader.Load().StartTelemetry(settings) : null;
        }
    }
}
