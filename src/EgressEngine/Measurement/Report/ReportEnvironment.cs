using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Egress.Devices;

namespace Egress.Measurement.Report;

/// <summary>A line of the report's account of where and how it was measured.</summary>
/// <param name="Group">What it belongs to: the machine, the software, the call.</param>
/// <param name="Name">What it tells.</param>
/// <param name="Value">What that is.</param>
public sealed record EnvironmentEntry(string Group, string Name, string Value);

/// <summary>Collects where a report is made: machine, devices, driver, libraries and versions.</summary>
public static class ReportEnvironment
{
    /// <summary>The group of the machine's entries.</summary>
    public const string Machine = "Machine";

    /// <summary>The group of the libraries' entries.</summary>
    public const string Software = "Software";

    /// <summary>The group of what was called, and how.</summary>
    public const string Call = "Call";

    /// <summary>Describes this machine and this session. Looks for devices as <see cref="DeviceInventory"/> does.</summary>
    /// <param name="now">The report's date.</param>
    public static IReadOnlyList<EnvironmentEntry> Describe(DateTimeOffset now)
    {
        var devices = DeviceInventory.List();
        var entries = new List<EnvironmentEntry>
        {
            new(Machine, "Name", Environment.MachineName),
            new(Machine, "System", $"{SystemName()}, {RuntimeInformation.OSArchitecture}"),
        };
        entries.AddRange(devices.Where(device => device.Kind != DeviceKind.Simulated).Select(device => new EnvironmentEntry(Machine, device.Name, Describe(device))));
        entries.Add(new(Machine, "Processors in use", Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture)));

        var runtime = devices.FirstOrDefault(device => device.LibtorchVersion is not null);
        var cuda = devices.FirstOrDefault(device => device.Kind == DeviceKind.Cuda);
        entries.Add(new(Software, "Egress", Version(typeof(ReportEnvironment).Assembly)));
        entries.Add(new(Software, "libtorch", runtime?.LibtorchVersion is { } version ? $"{version} ({runtime.LibtorchOrigin})" : "not loaded"));
        entries.Add(new(Software, "CUDA driver", cuda?.CudaDriverVersion is { } driver ? $"up to CUDA {driver}" : "none"));
        entries.Add(new(Software, "CUDA runtime", cuda?.CudaRuntimeVersion ?? "none"));
        entries.Add(new(Software, ".NET", RuntimeInformation.FrameworkDescription.Replace(".NET ", "", StringComparison.Ordinal)));
        entries.Add(new(Call, "Date", now.ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture)));
        return entries;
    }

    private static string Describe(EgressDeviceInfo device)
    {
        var parts = new List<string> { device.Description };
        if (device.TotalMemoryBytes is { } bytes)
        {
            parts.Add($"{Words.Bytes(bytes)} of memory");
        }

        if (device.ComputeCapability is { } capability)
        {
            parts.Add($"compute capability {capability}");
        }

        if (!device.IsUsable && device.Reason is { } reason)
        {
            parts.Add($"not usable: {reason}");
        }

        return string.Join(", ", parts);
    }

    private static string Version(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? assembly.GetName().Version?.ToString() ?? "";

    private static string SystemName()
    {
        const string Path = "/etc/os-release";
        const string Label = "PRETTY_NAME=";
        var line = File.Exists(Path)
            ? File.ReadLines(Path).FirstOrDefault(text => text.StartsWith(Label, StringComparison.Ordinal))
            : null;
        return line is null ? RuntimeInformation.OSDescription : $"{line[Label.Length..].Trim('"')} ({RuntimeInformation.OSDescription})";
    }
}
