namespace Egress.Devices.Cuda;

/// <summary>
/// The calls of the CUDA driver that tell what is on the machine, one method a call and named like it, each returning CUDA's own
/// error code. Unlike the runtime, the driver is there without libtorch, and a context that it started can be ended again.
/// </summary>
internal interface ICudaDriverApi
{
    int Init();

    int DriverGetVersion(out int version);

    int DeviceGetCount(out int count);

    int DeviceGet(out int device, int ordinal);

    int DeviceGetName(out string name, int device);

    int DeviceTotalMem(out nuint bytes, int device);

    int DeviceGetAttribute(out int value, CudaDeviceAttribute attribute, int device);

    int DevicePrimaryCtxRetain(out nint context, int device);

    int DevicePrimaryCtxRelease(int device);

    int CtxPushCurrent(nint context);

    int CtxPopCurrent(out nint context);

    int MemGetInfo(out nuint free, out nuint total);

    string GetErrorName(int code);
}

/// <summary>The device attributes that the engine asks for (<c>CUdevice_attribute</c>).</summary>
internal enum CudaDeviceAttribute
{
    ComputeCapabilityMajor = 75,
    ComputeCapabilityMinor = 76,
}
