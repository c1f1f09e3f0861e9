using System.Runtime.InteropServices;

namespace Egress.Devices.Cuda;

/// <summary>The CUDA driver, called through function pointers so that a machine without it needs nothing of it.</summary>
internal sealed unsafe class CudaDriverApi : ICudaDriverApi
{
    private const string Library = "libcuda.so.1";
    private const int NameCapacity = 256;

    private readonly delegate* unmanaged<uint, int> _init;
    private readonly delegate* unmanaged<int*, int> _driverGetVersion;
    private readonly delegate* unmanaged<int*, int> _deviceGetCount;
    private readonly delegate* unmanaged<int*, int, int> _deviceGet;
    private readonly delegate* unmanaged<byte*, int, int, int> _deviceGetName;
    private readonly delegate* unmanaged<nuint*, int, int> _deviceTotalMem;
    private readonly delegate* unmanaged<int*, int, int, int> _deviceGetAttribute;
    private readonly delegate* unmanaged<nint*, int, int> _primaryCtxRetain;
    private readonly delegate* unmanaged<int, int> _primaryCtxRelease;
    private readonly delegate* unmanaged<nint, int> _ctxPushCurrent;
    private readonly delegate* unmanaged<nint*, int> _ctxPopCurrent;
    private readonly delegate* unmanaged<nuint*, nuint*, int> _memGetInfo;
    private readonly delegate* unmanaged<int, byte**, int> _getErrorName;

    /// <param name="resolve">Returns the address of the export with this name; throws where there is none.</param>
    public CudaDriverApi(Func<string, nint> resolve)
    {
        _init = (delegate* unmanaged<uint, int>)resolve("cuInit");
        _driverGetVersion = (delegate* unmanaged<int*, int>)resolve("cuDriverGetVersion");
        _deviceGetCount = (delegate* unmanaged<int*, int>)resolve("cuDeviceGetCount");
        _deviceGet = (delegate* unmanaged<int*, int, int>)resolve("cuDeviceGet");
        _deviceGetName = (delegate* unmanaged<byte*, int, int, int>)resolve("cuDeviceGetName");
        _deviceTotalMem = (delegate* unmanaged<nuint*, int, int>)resolve("cuDeviceTotalMem_v2");
        _deviceGetAttribute = (delegate* unmanaged<int*, int, int, int>)resolve("cuDeviceGetAttribute");
        _primaryCtxRetain = (delegate* unmanaged<nint*, int, int>)resolve("cuDevicePrimaryCtxRetain");
        _primaryCtxRelease = (delegate* unmanaged<int, int>)resolve("cuDevicePrimaryCtxRelease_v2");
        _ctxPushCurrent = (delegate* unmanaged<nint, int>)resolve("cuCtxPushCurrent_v2");
        _ctxPopCurrent = (delegate* unmanaged<nint*, int>)resolve("cuCtxPopCurrent_v2");
        _memGetInfo = (delegate* unmanaged<nuint*, nuint*, int>)resolve("cuMemGetInfo_v2");
        _getErrorName = (delegate* unmanaged<int, byte**, int>)resolve("cuGetErrorName");
    }

    /// <summary>Loads the driver's library. Returns null where the machine has none, or one without a call that is needed.</summary>
    /// <param name="reason">Why there is none.</param>
    public static CudaDriverApi? TryLoad(out string? reason)
    {
        if (!NativeLibrary.TryLoad(Library, out var library))
        {
            reason = $"No NVIDIA driver is installed here: {Library} was not found.";
            return null;
        }

        try
        {
            reason = null;
            return new CudaDriverApi(name => NativeLibrary.GetExport(library, name));
        }
        catch (EntryPointNotFoundException exception)
        {
            reason = $"The NVIDIA driver is too old: {exception.Message}";
            return null;
        }
    }

    public int Init() => _init(0);

    public int DriverGetVersion(out int version)
    {
        int value = 0;
        var code = _driverGetVersion(&value);
        version = value;
        return code;
    }

    public int DeviceGetCount(out int count)
    {
        int value = 0;
        var code = _deviceGetCount(&value);
        count = value;
        return code;
    }

    public int DeviceGet(out int device, int ordinal)
    {
        int value = 0;
        var code = _deviceGet(&value, ordinal);
        device = value;
        return code;
    }

    public int DeviceGetName(out string name, int device)
    {
        var buffer = stackalloc byte[NameCapacity];
        var code = _deviceGetName(buffer, NameCapacity, device);
        name = code == CudaError.Success ? Marshal.PtrToStringUTF8((nint)buffer) ?? "" : "";
        return code;
    }

    public int DeviceTotalMem(out nuint bytes, int device)
    {
        nuint value = 0;
        var code = _deviceTotalMem(&value, device);
        bytes = value;
        return code;
    }

    public int DeviceGetAttribute(out int value, CudaDeviceAttribute attribute, int device)
    {
        int result = 0;
        var code = _deviceGetAttribute(&result, (int)attribute, device);
        value = result;
        return code;
    }

    public int DevicePrimaryCtxRetain(out nint context, int device)
    {
        nint value = 0;
        var code = _primaryCtxRetain(&value, device);
        context = value;
        return code;
    }

    public int DevicePrimaryCtxRelease(int device) => _primaryCtxRelease(device);

    public int CtxPushCurrent(nint context) => _ctxPushCurrent(context);

    public int CtxPopCurrent(out nint context)
    {
        nint value = 0;
        var code = _ctxPopCurrent(&value);
        context = value;
        return code;
    }

    public int MemGetInfo(out nuint free, out nuint total)
    {
        nuint freeValue = 0;
        nuint totalValue = 0;
        var code = _memGetInfo(&freeValue, &totalValue);
        free = freeValue;
        total = totalValue;
        return code;
    }

    public string GetErrorName(int code)
    {
        byte* text = null;
        return _getErrorName(code, &text) == CudaError.Success ? Marshal.PtrToStringUTF8((nint)text) ?? "" : "an unknown error";
    }
}
