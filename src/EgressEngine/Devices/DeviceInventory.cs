using Egress.Buffers;
using Egress.Devices.Cuda;
using Egress.Runtime;
using Egress.Runtime.Nvtx;

namespace Egress.Devices;

/// <summary>Looks for the devices of this machine, loads libtorch for that, and reports what hinders one instead of failing.</summary>
public static class DeviceInventory
{
    /// <summary>Lists the CPU, the GPUs and the simulated device. Where there is a driver but no GPU, one entry says why.</summary>
    public static IReadOnlyList<EgressDeviceInfo> List()
    {
        NativeRuntimeInfo? runtime = null;
        string? failure = null;
        try
        {
            runtime = NativeRuntime.EnsureLoaded();
        }
        catch (EgressException error)
        {
            failure = error.Message;
        }

        // After libtorch, so that the CUDA runtime and NVTX that it brings are found.
        NvtxLibrary.EnsureSearched();
        var cuda = CudaDevices.Enumerate();
        var devices = new List<EgressDeviceInfo> { Cpu(runtime, failure) };
        devices.AddRange(cuda.Devices.Select(device => Gpu(device, cuda, runtime, failure)));
        if (cuda.Devices.Count == 0)
        {
            devices.Add(NoGpu(cuda, runtime));
        }

        devices.Add(new EgressDeviceInfo
        {
            Name = "simulated",
            Kind = DeviceKind.Simulated,
            Description = "Waits for given durations instead of working",
            IsUsable = true,
        });
        return devices;
    }

    /// <summary>
    /// The device of a name as <c>-Device</c> takes it: <c>cuda</c> is the first GPU, and a simulated device may have its durations.
    /// </summary>
    /// <param name="devices">What <see cref="List"/> gave.</param>
    /// <param name="name">The name.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.DeviceNotFound"/>, with the reason.</exception>
    public static EgressDeviceInfo Find(IReadOnlyList<EgressDeviceInfo> devices, string name)
    {
        ArgumentNullException.ThrowIfNull(devices);
        ArgumentNullException.ThrowIfNull(name);
        if (devices.FirstOrDefault(device => device.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } device)
        {
            return device;
        }

        DeviceSpec spec;
        try
        {
            spec = DeviceSpec.Parse(name);
        }
        catch (EgressException error)
        {
            throw NotFound(devices, name, error.Message, error);
        }

        return devices.FirstOrDefault(device => spec.Kind == DeviceKind.Simulated ? device.Kind == spec.Kind : device.Name == spec.ToString())
            ?? throw NotFound(devices, name, $"There is no {spec} here. {devices.FirstOrDefault(device => device.Kind == spec.Kind && !device.IsUsable)?.Reason}", null);
    }

    private static EgressException NotFound(IReadOnlyList<EgressDeviceInfo> devices, string name, string message, Exception? cause) => new(
        EgressErrorId.DeviceNotFound,
        EgressErrorCategory.ResourceUnavailable,
        message.TrimEnd(),
        $"Here are: {string.Join(", ", devices.Select(device => device.Name))}. Wildcards are allowed: cuda*.",
        name,
        cause);

    private static EgressDeviceInfo Cpu(NativeRuntimeInfo? runtime, string? failure) => new()
    {
        Name = "cpu",
        Kind = DeviceKind.Cpu,
        Description = ProcessorName(),
        IsUsable = failure is null,
        Reason = failure,
        TotalMemoryBytes = HostMemory.TotalBytes(),
        FreeMemoryBytes = HostMemory.AvailableBytes(),
        LibtorchVersion = runtime?.LibtorchVersion?.ToString(),
        LibtorchFolder = runtime?.LibtorchFolder,
        LibtorchOrigin = runtime?.Origin.ToString(),
        NvtxPath = NvtxLibrary.Current?.Path,
    };

    private static EgressDeviceInfo Gpu(CudaDeviceInfo device, CudaInventory cuda, NativeRuntimeInfo? runtime, string? failure)
    {
        var hasCuda = runtime?.HasCuda == true;
        return new EgressDeviceInfo
        {
            Name = new DeviceSpec(DeviceKind.Cuda, device.Ordinal).ToString(),
            Kind = DeviceKind.Cuda,
            Description = device.Name,
            IsUsable = hasCuda,
            Reason = hasCuda ? null : failure ?? runtime?.CudaLoadError ?? "The libtorch in use computes on CPUs only.",
            TotalMemoryBytes = device.TotalBytes,
            FreeMemoryBytes = device.FreeBytes,
            LibtorchVersion = runtime?.LibtorchVersion?.ToString(),
            LibtorchFolder = runtime?.LibtorchFolder,
            LibtorchOrigin = runtime?.Origin.ToString(),
            NvtxPath = NvtxLibrary.Current?.Path,
            CudaDriverVersion = cuda.DriverVersion?.ToString(),
            CudaRuntimeVersion = cuda.RuntimeVersion?.ToString(),
            CudaRuntimePath = cuda.RuntimePath,
            ComputeCapability = device.ComputeCapability.ToString(),
        };
    }

    private static EgressDeviceInfo NoGpu(CudaInventory cuda, NativeRuntimeInfo? runtime) => new()
    {
        Name = "cuda",
        Kind = DeviceKind.Cuda,
        Description = "No CUDA device",
        IsUsable = false,
        Reason = cuda.Reason,
        CudaDriverVersion = cuda.DriverVersion?.ToString(),
        CudaRuntimeVersion = cuda.RuntimeVersion?.ToString(),
        CudaRuntimePath = cuda.RuntimePath ?? runtime?.CudaRuntimePath,
        NvtxPath = NvtxLibrary.Current?.Path,
    };

    private static string ProcessorName()
    {
        const string Label = "model name";
        const string Path = "/proc/cpuinfo";
        var line = File.Exists(Path)
            ? File.ReadLines(Path).FirstOrDefault(text => text.StartsWith(Label, StringComparison.Ordinal))
            : null;
        var name = line is null ? "CPU" : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        return $"{name}, {Environment.ProcessorCount} processors";
    }
}
