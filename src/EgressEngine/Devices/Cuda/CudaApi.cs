using System.Runtime.InteropServices;

namespace Egress.Devices.Cuda;

/// <summary>
/// The CUDA runtime that libtorch brought into the process, called through function pointers. A second copy of the runtime
/// would work on streams and memory of its own; binding to the one that is there keeps both sides on the same ones. The plain
/// export names are those of the legacy default stream, which is the one that libtorch computes on.
/// </summary>
internal sealed unsafe class CudaApi : ICudaApi
{
    private const uint StreamNonBlocking = 1;
    private const uint HostPortable = 1;

    private readonly delegate* unmanaged<int*, int> _getDeviceCount;
    private readonly delegate* unmanaged<int, int> _setDevice;
    private readonly delegate* unmanaged<int*, int> _getDevice;
    private readonly delegate* unmanaged<int> _deviceSynchronize;
    private readonly delegate* unmanaged<nuint*, nuint*, int> _memGetInfo;
    private readonly delegate* unmanaged<nint*, uint, int> _streamCreateWithFlags;
    private readonly delegate* unmanaged<nint, int> _streamDestroy;
    private readonly delegate* unmanaged<nint, nint, uint, int> _streamWaitEvent;
    private readonly delegate* unmanaged<nint*, uint, int> _eventCreateWithFlags;
    private readonly delegate* unmanaged<nint, nint, int> _eventRecord;
    private readonly delegate* unmanaged<nint, int> _eventQuery;
    private readonly delegate* unmanaged<nint, int> _eventSynchronize;
    private readonly delegate* unmanaged<float*, nint, nint, int> _eventElapsedTime;
    private readonly delegate* unmanaged<nint, int> _eventDestroy;
    private readonly delegate* unmanaged<nint, nint, nuint, int, nint, int> _memcpyAsync;
    private readonly delegate* unmanaged<nint*, nuint, int> _malloc;
    private readonly delegate* unmanaged<nint, int> _free;
    private readonly delegate* unmanaged<nint*, nuint, uint, int> _hostAlloc;
    private readonly delegate* unmanaged<nint, int> _freeHost;
    private readonly delegate* unmanaged<nint, nuint, uint, int> _hostRegister;
    private readonly delegate* unmanaged<nint, int> _hostUnregister;
    private readonly delegate* unmanaged<PointerAttributes*, nint, int> _pointerGetAttributes;
    private readonly delegate* unmanaged<int*, int> _driverGetVersion;
    private readonly delegate* unmanaged<int*, int> _runtimeGetVersion;
    private readonly delegate* unmanaged<int> _profilerStart;
    private readonly delegate* unmanaged<int> _profilerStop;
    private readonly delegate* unmanaged<int> _getLastError;
    private readonly delegate* unmanaged<int, nint> _getErrorName;
    private readonly delegate* unmanaged<int, nint> _getErrorString;

    /// <param name="resolve">Returns the address of the export with this name; throws where there is none.</param>
    public CudaApi(Func<string, nint> resolve)
    {
        _getDeviceCount = (delegate* unmanaged<int*, int>)resolve("cudaGetDeviceCount");
        _setDevice = (delegate* unmanaged<int, int>)resolve("cudaSetDevice");
        _getDevice = (delegate* unmanaged<int*, int>)resolve("cudaGetDevice");
        _deviceSynchronize = (delegate* unmanaged<int>)resolve("cudaDeviceSynchronize");
        _memGetInfo = (delegate* unmanaged<nuint*, nuint*, int>)resolve("cudaMemGetInfo");
        _streamCreateWithFlags = (delegate* unmanaged<nint*, uint, int>)resolve("cudaStreamCreateWithFlags");
        _streamDestroy = (delegate* unmanaged<nint, int>)resolve("cudaStreamDestroy");
        _streamWaitEvent = (delegate* unmanaged<nint, nint, uint, int>)resolve("cudaStreamWaitEvent");
        _eventCreateWithFlags = (delegate* unmanaged<nint*, uint, int>)resolve("cudaEventCreateWithFlags");
        _eventRecord = (delegate* unmanaged<nint, nint, int>)resolve("cudaEventRecord");
        _eventQuery = (delegate* unmanaged<nint, int>)resolve("cudaEventQuery");
        _eventSynchronize = (delegate* unmanaged<nint, int>)resolve("cudaEventSynchronize");
        _eventElapsedTime = (delegate* unmanaged<float*, nint, nint, int>)resolve("cudaEventElapsedTime");
        _eventDestroy = (delegate* unmanaged<nint, int>)resolve("cudaEventDestroy");
        _memcpyAsync = (delegate* unmanaged<nint, nint, nuint, int, nint, int>)resolve("cudaMemcpyAsync");
        _malloc = (delegate* unmanaged<nint*, nuint, int>)resolve("cudaMalloc");
        _free = (delegate* unmanaged<nint, int>)resolve("cudaFree");
        _hostAlloc = (delegate* unmanaged<nint*, nuint, uint, int>)resolve("cudaHostAlloc");
        _freeHost = (delegate* unmanaged<nint, int>)resolve("cudaFreeHost");
        _hostRegister = (delegate* unmanaged<nint, nuint, uint, int>)resolve("cudaHostRegister");
        _hostUnregister = (delegate* unmanaged<nint, int>)resolve("cudaHostUnregister");
        _pointerGetAttributes = (delegate* unmanaged<PointerAttributes*, nint, int>)resolve("cudaPointerGetAttributes");
        _driverGetVersion = (delegate* unmanaged<int*, int>)resolve("cudaDriverGetVersion");
        _runtimeGetVersion = (delegate* unmanaged<int*, int>)resolve("cudaRuntimeGetVersion");
        _profilerStart = (delegate* unmanaged<int>)resolve("cudaProfilerStart");
        _profilerStop = (delegate* unmanaged<int>)resolve("cudaProfilerStop");
        _getLastError = (delegate* unmanaged<int>)resolve("cudaGetLastError");
        _getErrorName = (delegate* unmanaged<int, nint>)resolve("cudaGetErrorName");
        _getErrorString = (delegate* unmanaged<int, nint>)resolve("cudaGetErrorString");
    }

    public int GetDeviceCount(out int count)
    {
        int value = 0;
        var code = _getDeviceCount(&value);
        count = value;
        return code;
    }

    public int SetDevice(int device) => _setDevice(device);

    public int GetDevice(out int device)
    {
        int value = 0;
        var code = _getDevice(&value);
        device = value;
        return code;
    }

    public int DeviceSynchronize() => _deviceSynchronize();

    public int MemGetInfo(out nuint free, out nuint total)
    {
        nuint freeValue = 0;
        nuint totalValue = 0;
        var code = _memGetInfo(&freeValue, &totalValue);
        free = freeValue;
        total = totalValue;
        return code;
    }

    public int StreamCreateNonBlocking(out nint stream)
    {
        nint value = 0;
        var code = _streamCreateWithFlags(&value, StreamNonBlocking);
        stream = value;
        return code;
    }

    public int StreamDestroy(nint stream) => _streamDestroy(stream);

    public int StreamWaitEvent(nint stream, nint deviceEvent) => _streamWaitEvent(stream, deviceEvent, 0);

    public int EventCreateWithFlags(out nint deviceEvent, CudaEventFlags flags)
    {
        nint value = 0;
        var code = _eventCreateWithFlags(&value, (uint)flags);
        deviceEvent = value;
        return code;
    }

    public int EventRecord(nint deviceEvent, nint stream) => _eventRecord(deviceEvent, stream);

    public int EventQuery(nint deviceEvent) => _eventQuery(deviceEvent);

    public int EventSynchronize(nint deviceEvent) => _eventSynchronize(deviceEvent);

    public int EventElapsedTime(out float milliseconds, nint start, nint end)
    {
        float value = 0;
        var code = _eventElapsedTime(&value, start, end);
        milliseconds = value;
        return code;
    }

    public int EventDestroy(nint deviceEvent) => _eventDestroy(deviceEvent);

    public int MemcpyAsync(nint destination, nint source, nuint bytes, CudaCopyKind kind, nint stream) =>
        _memcpyAsync(destination, source, bytes, (int)kind, stream);

    public int Malloc(out nint address, nuint bytes)
    {
        nint value = 0;
        var code = _malloc(&value, bytes);
        address = value;
        return code;
    }

    public int Free(nint address) => _free(address);

    public int HostAllocPortable(out nint address, nuint bytes)
    {
        nint value = 0;
        var code = _hostAlloc(&value, bytes, HostPortable);
        address = value;
        return code;
    }

    public int FreeHost(nint address) => _freeHost(address);

    public int HostRegisterPortable(nint address, nuint bytes) => _hostRegister(address, bytes, HostPortable);

    public int HostUnregister(nint address) => _hostUnregister(address);

    public int PointerGetAttributes(nint address, out CudaMemoryType type, out int device)
    {
        PointerAttributes attributes = default;
        var code = _pointerGetAttributes(&attributes, address);
        type = (CudaMemoryType)attributes.Type;
        device = attributes.Device;
        return code;
    }

    public int DriverGetVersion(out int version)
    {
        int value = 0;
        var code = _driverGetVersion(&value);
        version = value;
        return code;
    }

    public int RuntimeGetVersion(out int version)
    {
        int value = 0;
        var code = _runtimeGetVersion(&value);
        version = value;
        return code;
    }

    public int ProfilerStart() => _profilerStart();

    public int ProfilerStop() => _profilerStop();

    public int GetLastError() => _getLastError();

    public string GetErrorName(int code) => Text(_getErrorName(code));

    public string GetErrorString(int code) => Text(_getErrorString(code));

    private static string Text(nint pointer) => Marshal.PtrToStringUTF8(pointer) ?? "";

    /// <summary>
    /// The head of <c>cudaPointerAttributes</c>, which is the same in CUDA 11, 12 and 13, and room for what follows it: 13 adds
    /// 64 reserved bytes.
    /// </summary>
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    internal struct PointerAttributes
    {
        public int Type;
        public int Device;
        public nint DevicePointer;
        public nint HostPointer;
    }
}
