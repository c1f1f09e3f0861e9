using System.Globalization;
using Egress.Runtime;

namespace Egress.Devices.Cuda;

/// <summary>The CUDA devices of this machine: what there is, and opening one.</summary>
public static class CudaDevices
{
    private static readonly Lock s_lock = new();
    private static CudaRuntime? s_runtime;

    /// <summary>
    /// Lists the CUDA devices that this process sees. Needs the driver alone, not libtorch. Never throws: where nothing can be
    /// listed, <see cref="CudaInventory.Reason"/> says why.
    /// </summary>
    /// <param name="withFreeMemory">Whether to tell free memory, which starts CUDA on each device for a moment.</param>
    public static CudaInventory Enumerate(bool withFreeMemory = true)
    {
        // Only what is loaded already is asked: looking must not load libtorch.
        var runtimePath = NativeRuntime.Info is { HasCuda: true } info ? info.CudaRuntimePath : null;
        var runtimeVersion = runtimePath is null ? null : TryGetRuntimeVersion();
        var driver = CudaDriverApi.TryLoad(out var reason);
        if (driver is null)
        {
            return new CudaInventory([], reason, null, runtimeVersion, runtimePath);
        }

        var (devices, none, driverVersion) = new CudaSurvey(driver).Take(withFreeMemory);
        return new CudaInventory(devices, none, driverVersion, runtimeVersion, runtimePath);
    }

    /// <summary>Opens a device, and loads libtorch where it is not loaded yet.</summary>
    /// <param name="ordinal">The device's number, from 0.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.DeviceNotFound"/> where it is not there or libtorch has no CUDA,
    /// <see cref="EgressErrorId.RuntimeNotLoaded"/> without a libtorch, <see cref="EgressErrorId.CudaCallFailed"/> and
    /// <see cref="EgressErrorId.DeviceMemoryExhausted"/> where the device does not start.</exception>
    public static IDevice Open(int ordinal) => Open(ordinal, Runtime());

    /// <summary>The CUDA runtime in this process.</summary>
    /// <inheritdoc cref="CudaLibrary.Bind()"/>
    internal static CudaRuntime Runtime()
    {
        lock (s_lock)
        {
            return s_runtime ??= new CudaRuntime(CudaLibrary.Bind());
        }
    }

    internal static CudaDevice Open(int ordinal, CudaRuntime cuda)
    {
        int count;
        try
        {
            count = cuda.GetDeviceCount();
        }
        catch (EgressException exception)
        {
            throw NotFound(ordinal, $"{Name(ordinal)} cannot be used: {exception.Message}", exception);
        }

        if (ordinal < 0 || ordinal >= count)
        {
            throw NotFound(
                ordinal,
                count switch
                {
                    0 => $"There is no {Name(ordinal)}: this process sees no CUDA device.",
                    1 => $"There is no {Name(ordinal)}: this process sees one CUDA device, {Name(0)}.",
                    _ => $"There is no {Name(ordinal)}: this process sees {count} CUDA devices, {Name(0)} to {Name(count - 1)}.",
                },
                null);
        }

        return new CudaDevice(cuda, ordinal);
    }

    private static EgressException NotFound(int ordinal, string message, Exception? inner) => new(
        EgressErrorId.DeviceNotFound,
        EgressErrorCategory.ResourceUnavailable,
        message,
        "Get-EgressDevice lists the devices; CUDA_VISIBLE_DEVICES hides some where it is set; -Device cpu runs without a GPU.",
        Name(ordinal),
        inner);

    private static Version? TryGetRuntimeVersion()
    {
        try
        {
            return Runtime().RuntimeVersion();
        }
        catch (EgressException)
        {
            return null;
        }
    }

    private static string Name(int ordinal) => string.Create(CultureInfo.InvariantCulture, $"cuda:{ordinal}");
}
