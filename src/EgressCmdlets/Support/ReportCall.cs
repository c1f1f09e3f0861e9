using System.Collections;
using System.Globalization;
using System.Management.Automation;
using Egress.Measurement;
using Egress.Measurement.Report;
using Egress.Measurement.Sweeps;

namespace Egress.Cmdlets.Support;

/// <summary>What a report needs of a cmdlet: results from objects, and how it was called.</summary>
internal static class ReportCall
{
    /// <summary>The title of reports that nobody gave one.</summary>
    public const string DefaultTitle = "Egress throughput";

    private const int MaxLineLength = 4000;

    /// <summary>Reads a result, or what a file made of one.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.ThroughputRecordInvalid"/>.</exception>
    public static ThroughputResult Read(PSObject item) =>
        item.BaseObject as ThroughputResult
        ?? ThroughputRecord.Read(name => item.Properties[name]?.Value is { } value ? Plain(value) : null);

    /// <summary>Where a report is made, and by which call.</summary>
    /// <param name="command">The cmdlet that was called.</param>
    /// <param name="now">The report's date.</param>
    public static IReadOnlyList<EnvironmentEntry> Describe(PSCmdlet command, DateTimeOffset now)
    {
        var entries = ReportEnvironment.Describe(now).ToList();
        if (command.SessionState.PSVariable.GetValue("PSVersionTable") is IDictionary versions && versions["PSVersion"] is { } version)
        {
            entries.Add(new(ReportEnvironment.Software, "PowerShell", version.ToString()!));
        }

        var line = command.MyInvocation.Line?.Trim();
        if (!string.IsNullOrEmpty(line))
        {
            entries.Add(new(ReportEnvironment.Call, "Command line", line.Length > MaxLineLength ? line[..MaxLineLength] + "…" : line));
        }

        entries.AddRange(command.MyInvocation.BoundParameters
            .Where(parameter => parameter.Key != "InputObject")
            .Select(parameter => new EnvironmentEntry(ReportEnvironment.Call, "-" + parameter.Key, Text(parameter.Value))));
        return entries;
    }

    private static object Plain(object value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    private static string Text(object? value) => value switch
    {
        null => "",
        string text => text,
        SwitchParameter given => given.IsPresent ? "yes" : "no",
        IEnumerable items => string.Join(", ", items.Cast<object?>().Select(Text)),
        PSObject wrapped => Text(wrapped.BaseObject),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
