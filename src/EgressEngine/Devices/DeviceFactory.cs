using Egress.Buffers;
using Egress.Devices.Cpu;
using Egress.Devices.Cuda;
using Egress.Devices.Simulated;
using Egress.Runtime;

namespace Egress.Devices;

/// <summary>Opens devices, and knows which one runs where none is named.</summary>
public static class DeviceFactory
{
    /// <summary>Opens a device.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.DeviceNotFound"/>: it is not on this machine, or the libtorch in
    /// use has no CUDA; <see cref="EgressErrorId.RuntimeNotLoaded"/>.</exception>
    public static IDevice Open(DeviceSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return spec.Kind switch
        {
            DeviceKind.Cpu => new CpuDevice(),
            DeviceKind.Simulated => new SimulatedDevice(spec.Timing ?? new SimulatedTiming()),
            _ => OpenCuda(spec),
        };
    }

    /// <summary>The device that runs where none is named: the first GPU that can be used, else the CPU.</summary>
    public static DeviceSpec Default() => IsCudaUsable() ? new DeviceSpec(DeviceKind.Cuda) : new DeviceSpec(DeviceKind.Cpu);

    /// <summary>
    /// Allocates a pool of host buffers for any device of this machine: pinned where a GPU can use that and unless
    /// <paramref name="pageable"/> is set.
    /// </summary>
    /// <param name="count">Number of buffers.</param>
    /// <param name="bufferBytes">Size of each in bytes.</param>
    /// <param name="pageable">Whether pageable memory is wanted in any case.</param>
    public static HostBufferPool CreatePool(int count, long bufferBytes, bool pageable)
    {
        if (pageable || !IsCudaUsable())
        {
            return new HostBufferPool(count, bufferBytes, bytes => HostBlock.Allocate(bytes, HostMemoryKind.Pageable));
        }

        using var device = Open(new DeviceSpec(DeviceKind.Cuda));
        return new HostBufferPool(count, bufferBytes, bytes => device.AllocateHost(bytes, HostMemoryKind.Pinned));
    }

    /// <summary>The driver is asked first, because that is quick and loads nothing on a machine without one.</summary>
    private static bool IsCudaUsable() =>
        CudaDevices.Enumerate(withFreeMemory: false).Devices.Count > 0 && NativeRuntime.EnsureLoaded().HasCuda;

    private static IDevice OpenCuda(DeviceSpec spec)
    {
        var inventory = CudaDevices.Enumerate(withFreeMemory: false);
        if (inventory.Devices.Count == 0)
        {
            throw NotFound(spec, $"There is no {spec} here: {inventory.Reason}");
        }

        var runtime = NativeRuntime.EnsureLoaded();
        if (!runtime.HasCuda)
        {
            throw NotFound(
                spec,
                $"This machine has {inventory.Devices[0].Name}, and the libtorch in '{runtime.LibtorchFolder}' computes on CPUs only. "
                + runtime.CudaLoadError);
        }

        return CudaDevices.Open(spec.Ordinal);
    }

    private static EgressException NotFound(DeviceSpec spec, string message) => new(
        EgressErrorId.DeviceNotFound,
        EgressErrorCategory.ResourceUnavailable,
        message.TrimEnd(),
        $"Use -Device cpu, or set {LibtorchLocator.Variable} to the torch/lib folder of a PyTorch with CUDA on a machine with an NVIDIA "
        + "driver. Get-EgressDevice shows what is here.",
        spec.ToString());
}
