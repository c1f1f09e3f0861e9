using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Egress.Tests.Devices.Cuda;

/// <summary>
/// Functions with the C signatures of the CUDA headers, written from those and not from the bindings under test. Each notes what
/// reached it and hands out values of its own.
/// </summary>
internal static unsafe class NativeStubs
{
    public const int Code = 4711;

    private static readonly nint s_name = Marshal.StringToCoTaskMemUTF8("cudaErrorOfTheStub");
    private static readonly nint s_text = Marshal.StringToCoTaskMemUTF8("words of the stub");

    /// <summary>The last call: its name and arguments.</summary>
    public static string Last { get; private set; } = "";

    /// <summary>The runtime's exports by name.</summary>
    public static Dictionary<string, nint> Runtime { get; } = new()
    {
        ["cudaGetDeviceCount"] = (nint)(delegate* unmanaged<int*, int>)&GetDeviceCount,
        ["cudaSetDevice"] = (nint)(delegate* unmanaged<int, int>)&SetDevice,
        ["cudaGetDevice"] = (nint)(delegate* unmanaged<int*, int>)&GetDevice,
        ["cudaDeviceSynchronize"] = (nint)(delegate* unmanaged<int>)&DeviceSynchronize,
        ["cudaMemGetInfo"] = (nint)(delegate* unmanaged<ulong*, ulong*, int>)&MemGetInfo,
        ["cudaStreamCreateWithFlags"] = (nint)(delegate* unmanaged<void**, uint, int>)&StreamCreateWithFlags,
        ["cudaStreamDestroy"] = (nint)(delegate* unmanaged<void*, int>)&StreamDestroy,
        ["cudaStreamWaitEvent"] = (nint)(delegate* unmanaged<void*, void*, uint, int>)&StreamWaitEvent,
        ["cudaEventCreateWithFlags"] = (nint)(delegate* unmanaged<void**, uint, int>)&EventCreateWithFlags,
        ["cudaEventRecord"] = (nint)(delegate* unmanaged<void*, void*, int>)&EventRecord,
        ["cudaEventQuery"] = (nint)(delegate* unmanaged<void*, int>)&EventQuery,
        ["cudaEventSynchronize"] = (nint)(delegate* unmanaged<void*, int>)&EventSynchronize,
        ["cudaEventElapsedTime"] = (nint)(delegate* unmanaged<float*, void*, void*, int>)&EventElapsedTime,
        ["cudaEventDestroy"] = (nint)(delegate* unmanaged<void*, int>)&EventDestroy,
        ["cudaMemcpyAsync"] = (nint)(delegate* unmanaged<void*, void*, ulong, int, void*, int>)&MemcpyAsync,
        ["cudaMalloc"] = (nint)(delegate* unmanaged<void**, ulong, int>)&Malloc,
        ["cudaFree"] = (nint)(delegate* unmanaged<void*, int>)&Free,
        ["cudaHostAlloc"] = (nint)(delegate* unmanaged<void**, ulong, uint, int>)&HostAlloc,
        ["cudaFreeHost"] = (nint)(delegate* unmanaged<void*, int>)&FreeHost,
        ["cudaHostRegister"] = (nint)(delegate* unmanaged<void*, ulong, uint, int>)&HostRegister,
        ["cudaHostUnregister"] = (nint)(delegate* unmanaged<void*, int>)&HostUnregister,
        ["cudaPointerGetAttributes"] = (nint)(delegate* unmanaged<Attributes13*, void*, int>)&PointerGetAttributes,
        ["cudaDriverGetVersion"] = (nint)(delegate* unmanaged<int*, int>)&DriverGetVersion,
        ["cudaRuntimeGetVersion"] = (nint)(delegate* unmanaged<int*, int>)&RuntimeGetVersion,
        ["cudaProfilerStart"] = (nint)(delegate* unmanaged<int>)&ProfilerStart,
        ["cudaProfilerStop"] = (nint)(delegate* unmanaged<int>)&ProfilerStop,
        ["cudaGetLastError"] = (nint)(delegate* unmanaged<int>)&GetLastError,
        ["cudaGetErrorName"] = (nint)(delegate* unmanaged<int, nint>)&GetErrorName,
        ["cudaGetErrorString"] = (nint)(delegate* unmanaged<int, nint>)&GetErrorString,
    };

    /// <summary>The driver's exports by name.</summary>
    public static Dictionary<string, nint> Driver { get; } = new()
    {
        ["cuInit"] = (nint)(delegate* unmanaged<uint, int>)&CuInit,
        ["cuDriverGetVersion"] = (nint)(delegate* unmanaged<int*, int>)&DriverGetVersion,
        ["cuDeviceGetCount"] = (nint)(delegate* unmanaged<int*, int>)&GetDeviceCount,
        ["cuDeviceGet"] = (nint)(delegate* unmanaged<int*, int, int>)&CuDeviceGet,
        ["cuDeviceGetName"] = (nint)(delegate* unmanaged<byte*, int, int, int>)&CuDeviceGetName,
        ["cuDeviceTotalMem_v2"] = (nint)(delegate* unmanaged<ulong*, int, int>)&CuDeviceTotalMem,
        ["cuDeviceGetAttribute"] = (nint)(delegate* unmanaged<int*, int, int, int>)&CuDeviceGetAttribute,
        ["cuDevicePrimaryCtxRetain"] = (nint)(delegate* unmanaged<void**, int, int>)&CuDevicePrimaryCtxRetain,
        ["cuDevicePrimaryCtxRelease_v2"] = (nint)(delegate* unmanaged<int, int>)&CuDevicePrimaryCtxRelease,
        ["cuCtxPushCurrent_v2"] = (nint)(delegate* unmanaged<void*, int>)&CuCtxPushCurrent,
        ["cuCtxPopCurrent_v2"] = (nint)(delegate* unmanaged<void**, int>)&CuCtxPopCurrent,
        ["cuMemGetInfo_v2"] = (nint)(delegate* unmanaged<ulong*, ulong*, int>)&MemGetInfo,
        ["cuGetErrorName"] = (nint)(delegate* unmanaged<int, byte**, int>)&CuGetErrorName,
    };

    [UnmanagedCallersOnly]
    private static int GetDeviceCount(int* count) => Note(*count = 3);

    [UnmanagedCallersOnly]
    private static int SetDevice(int device) => Note(device);

    [UnmanagedCallersOnly]
    private static int GetDevice(int* device) => Note(*device = 5);

    [UnmanagedCallersOnly]
    private static int DeviceSynchronize() => Note();

    [UnmanagedCallersOnly]
    private static int MemGetInfo(ulong* free, ulong* total) => Note(*free = 1L << 37, *total = 1L << 38);

    [UnmanagedCallersOnly]
    private static int StreamCreateWithFlags(void** stream, uint flags) => Note((ulong)(*stream = (void*)(1L << 40)), flags);

    [UnmanagedCallersOnly]
    private static int StreamDestroy(void* stream) => Note((ulong)stream);

    [UnmanagedCallersOnly]
    private static int StreamWaitEvent(void* stream, void* deviceEvent, uint flags) => Note((ulong)stream, (ulong)deviceEvent, flags);

    [UnmanagedCallersOnly]
    private static int EventCreateWithFlags(void** deviceEvent, uint flags) => Note((ulong)(*deviceEvent = (void*)(1L << 41)), flags);

    [UnmanagedCallersOnly]
    private static int EventRecord(void* deviceEvent, void* stream) => Note((ulong)deviceEvent, (ulong)stream);

    [UnmanagedCallersOnly]
    private static int EventQuery(void* deviceEvent) => Note((ulong)deviceEvent);

    [UnmanagedCallersOnly]
    private static int EventSynchronize(void* deviceEvent) => Note((ulong)deviceEvent);

    [UnmanagedCallersOnly]
    private static int EventElapsedTime(float* milliseconds, void* start, void* end)
    {
        *milliseconds = 12.25f;
        return Note((ulong)start, (ulong)end);
    }

    [UnmanagedCallersOnly]
    private static int EventDestroy(void* deviceEvent) => Note((ulong)deviceEvent);

    [UnmanagedCallersOnly]
    private static int MemcpyAsync(void* destination, void* source, ulong count, int kind, void* stream) =>
        Note((ulong)destination, (ulong)source, count, kind, (ulong)stream);

    [UnmanagedCallersOnly]
    private static int Malloc(void** address, ulong size) => Note((ulong)(*address = (void*)(1L << 42)), size);

    [UnmanagedCallersOnly]
    private static int Free(void* address) => Note((ulong)address);

    [UnmanagedCallersOnly]
    private static int HostAlloc(void** address, ulong size, uint flags) => Note((ulong)(*address = (void*)(1L << 43)), size, flags);

    [UnmanagedCallersOnly]
    private static int FreeHost(void* address) => Note((ulong)address);

    [UnmanagedCallersOnly]
    private static int HostRegister(void* address, ulong size, uint flags) => Note((ulong)address, size, flags);

    [UnmanagedCallersOnly]
    private static int HostUnregister(void* address) => Note((ulong)address);

    [UnmanagedCallersOnly]
    private static int PointerGetAttributes(Attributes13* attributes, void* address)
    {
        // Every byte of the largest layout known, as the runtime may write it.
        new Span<byte>(attributes, sizeof(Attributes13)).Fill(0xFF);
        attributes->Type = 1;
        attributes->Device = 6;
        return Note((ulong)address);
    }

    [UnmanagedCallersOnly]
    private static int DriverGetVersion(int* version) => Note(*version = 13010);

    [UnmanagedCallersOnly]
    private static int RuntimeGetVersion(int* version) => Note(*version = 12080);

    [UnmanagedCallersOnly]
    private static int ProfilerStart() => Note();

    [UnmanagedCallersOnly]
    private static int ProfilerStop() => Note();

    [UnmanagedCallersOnly]
    private static int GetLastError() => Note();

    [UnmanagedCallersOnly]
    private static nint GetErrorName(int code)
    {
        Note(code);
        return s_name;
    }

    [UnmanagedCallersOnly]
    private static nint GetErrorString(int code)
    {
        Note(code);
        return s_text;
    }

    [UnmanagedCallersOnly]
    private static int CuInit(uint flags) => Note(flags);

    [UnmanagedCallersOnly]
    private static int CuDeviceGet(int* device, int ordinal) => Note(*device = 70, ordinal);

    [UnmanagedCallersOnly]
    private static int CuDeviceGetName(byte* name, int length, int device)
    {
        "GPU of the stub\0"u8.CopyTo(new Span<byte>(name, length));
        Note(length, device);
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int CuDeviceTotalMem(ulong* bytes, int device) => Note(*bytes = 1L << 39, device);

    [UnmanagedCallersOnly]
    private static int CuDeviceGetAttribute(int* value, int attribute, int device) => Note(*value = 9, attribute, device);

    [UnmanagedCallersOnly]
    private static int CuDevicePrimaryCtxRetain(void** context, int device) => Note((ulong)(*context = (void*)(1L << 44)), device);

    [UnmanagedCallersOnly]
    private static int CuDevicePrimaryCtxRelease(int device) => Note(device);

    [UnmanagedCallersOnly]
    private static int CuCtxPushCurrent(void* context) => Note((ulong)context);

    [UnmanagedCallersOnly]
    private static int CuCtxPopCurrent(void** context) => Note((ulong)(*context = (void*)(1L << 45)));

    [UnmanagedCallersOnly]
    private static int CuGetErrorName(int code, byte** name)
    {
        *name = (byte*)s_name;
        Note(code);
        return code == 1 ? 1 : 0;
    }

    private static int Note(Number? a = null, Number? b = null, Number? c = null, Number? d = null, Number? e = null, [CallerMemberName] string? name = null)
    {
        var values = new[] { a, b, c, d, e }.Where(value => value is not null).Select(value => value!.Value.Text);
        Last = $"{name}({string.Join(", ", values)})";
        return Code;
    }

    private readonly record struct Number(string Text)
    {
        public static implicit operator Number(int value) => new(value.ToString(CultureInfo.InvariantCulture));

        public static implicit operator Number(uint value) => new(value.ToString(CultureInfo.InvariantCulture));

        public static implicit operator Number(ulong value) => new(value.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary><c>cudaPointerAttributes</c> of CUDA 13.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Attributes13
    {
        public int Type;
        public int Device;
        public void* DevicePointer;
        public void* HostPointer;
        public fixed long Reserved[8];
    }
}
