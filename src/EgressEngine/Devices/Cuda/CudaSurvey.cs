using System.Globalization;

namespace Egress.Devices.Cuda;

/// <summary>Asks the driver for the devices. Nothing here throws: a machine without a working GPU gives a reason instead.</summary>
internal sealed class CudaSurvey
{
    private readonly ICudaDriverApi _driver;

    public CudaSurvey(ICudaDriverApi driver) => _driver = driver;

    /// <summary>The devices and the driver's version, or why there are none.</summary>
    /// <param name="withFreeMemory">Whether to ask how much memory is free, which starts each device for a moment.</param>
    public (IReadOnlyList<CudaDeviceInfo> Devices, string? Reason, Version? DriverVersion) Take(bool withFreeMemory)
    {
        // This answers without a device too.
        var version = _driver.DriverGetVersion(out var number) == CudaError.Success ? CudaVersion.FromNumber(number) : null;
        var code = _driver.Init();
        if (code != CudaError.Success)
        {
            return ([], NoDevices("cuInit", code), version);
        }

        code = _driver.DeviceGetCount(out var count);
        if (code != CudaError.Success || count == 0)
        {
            return ([], NoDevices("cuDeviceGetCount", code == CudaError.Success ? CudaError.NoDevice : code), version);
        }

        var devices = new List<CudaDeviceInfo>(count);
        for (var ordinal = 0; ordinal < count; ordinal++)
        {
            code = Describe(ordinal, withFreeMemory, out var device);
            if (code != CudaError.Success)
            {
                return ([], $"The driver lists {count} devices and does not describe {ordinal}: {Text(code)}.", version);
            }

            devices.Add(device);
        }

        return (devices, null, version);
    }

    private int Describe(int ordinal, bool withFreeMemory, out CudaDeviceInfo info)
    {
        var name = "";
        nuint total = 0;
        var (major, minor) = (0, 0);
        var code = _driver.DeviceGet(out var device, ordinal);
        if (code == CudaError.Success)
        {
            code = _driver.DeviceGetName(out name, device);
        }

        if (code == CudaError.Success)
        {
            code = _driver.DeviceTotalMem(out total, device);
        }

        if (code == CudaError.Success)
        {
            code = _driver.DeviceGetAttribute(out major, CudaDeviceAttribute.ComputeCapabilityMajor, device);
        }

        if (code == CudaError.Success)
        {
            code = _driver.DeviceGetAttribute(out minor, CudaDeviceAttribute.ComputeCapabilityMinor, device);
        }

        var free = code == CudaError.Success && withFreeMemory ? FreeBytes(device) : null;
        info = new CudaDeviceInfo(ordinal, name, new Version(major, minor), (long)total, free);
        return code;
    }

    /// <summary>
    /// Free memory can only be asked for inside a context. The primary one is retained for that and released again, so that a
    /// session that merely looked does not hold some hundred megabytes of every GPU from then on.
    /// </summary>
    private long? FreeBytes(int device)
    {
        if (_driver.DevicePrimaryCtxRetain(out var context, device) != CudaError.Success)
        {
            return null;
        }

        try
        {
            if (_driver.CtxPushCurrent(context) != CudaError.Success)
            {
                return null;
            }

            var code = _driver.MemGetInfo(out var free, out _);
            _ = _driver.CtxPopCurrent(out _);
            return code == CudaError.Success ? (long)free : null;
        }
        finally
        {
            _ = _driver.DevicePrimaryCtxRelease(device);
        }
    }

    private string NoDevices(string call, int code)
    {
        var hidden = Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES") is { } visible
            ? $" CUDA_VISIBLE_DEVICES is '{visible}'."
            : "";
        return code == CudaError.NoDevice
            ? $"The NVIDIA driver sees no GPU.{hidden}"
            : $"The NVIDIA driver does not start: {call} returned {Text(code)}.{hidden}";
    }

    private string Text(int code) => string.Create(CultureInfo.InvariantCulture, $"{_driver.GetErrorName(code)} ({code})");
}
