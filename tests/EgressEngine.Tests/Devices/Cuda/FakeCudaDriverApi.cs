using Egress.Devices.Cuda;

namespace Egress.Tests.Devices.Cuda;

/// <summary>A driver with some devices, which keeps count of the contexts that it started. Device handles differ from ordinals.</summary>
internal sealed class FakeCudaDriverApi : ICudaDriverApi
{
    private const int HandleOffset = 100;
    private readonly Dictionary<string, int> _failures = [];
    private readonly Stack<nint> _current = new();

    public int DeviceCount { get; init; } = 1;

    /// <summary>Contexts retained and not released.</summary>
    public int Retained { get; private set; }

    /// <summary>Contexts pushed and not popped.</summary>
    public int Pushed => _current.Count;

    public int RetainCalls { get; private set; }

    public void Fail(string call, int code) => _failures[call] = code;

    public int Init() => Code("cuInit");

    public int DriverGetVersion(out int version)
    {
        version = 13000;
        return Code("cuDriverGetVersion");
    }

    public int DeviceGetCount(out int count)
    {
        count = DeviceCount;
        return Code("cuDeviceGetCount");
    }

    public int DeviceGet(out int device, int ordinal)
    {
        device = ordinal + HandleOffset;
        return Code("cuDeviceGet");
    }

    public int DeviceGetName(out string name, int device)
    {
        name = $"GPU {device - HandleOffset}";
        return Code("cuDeviceGetName");
    }

    public int DeviceTotalMem(out nuint bytes, int device)
    {
        bytes = (nuint)(device - HandleOffset + 1) * 1000;
        return Code("cuDeviceTotalMem");
    }

    public int DeviceGetAttribute(out int value, CudaDeviceAttribute attribute, int device)
    {
        value = attribute == CudaDeviceAttribute.ComputeCapabilityMajor ? 9 : device - HandleOffset;
        return Code("cuDeviceGetAttribute");
    }

    public int DevicePrimaryCtxRetain(out nint context, int device)
    {
        context = device;
        RetainCalls++;
        var code = Code("cuDevicePrimaryCtxRetain");
        Retained += code == 0 ? 1 : 0;
        return code;
    }

    public int DevicePrimaryCtxRelease(int device)
    {
        Retained--;
        return 0;
    }

    public int CtxPushCurrent(nint context)
    {
        var code = Code("cuCtxPushCurrent");
        if (code == 0)
        {
            _current.Push(context);
        }

        return code;
    }

    public int CtxPopCurrent(out nint context)
    {
        context = _current.Pop();
        return 0;
    }

    public int MemGetInfo(out nuint free, out nuint total)
    {
        var device = (int)_current.Peek();
        DeviceTotalMem(out total, device);
        free = total / 4;
        return Code("cuMemGetInfo");
    }

    public string GetErrorName(int code) => $"CUDA_ERROR_{code}";

    private int Code(string call) => _failures.GetValueOrDefault(call);
}
