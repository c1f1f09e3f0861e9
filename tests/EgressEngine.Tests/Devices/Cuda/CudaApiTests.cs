using Egress.Devices.Cuda;

namespace Egress.Tests.Devices.Cuda;

/// <summary>The bindings hand every argument over whole and in its place, and bring every result back.</summary>
public sealed class CudaApiTests
{
    // Each needs more than 32 bits, so that one cut short shows.
    private static readonly nint P = unchecked((nint)0x1111_2222_3333_4444);
    private static readonly nint Q = unchecked((nint)0x5555_6666_7777_0000);
    private static readonly nint R = unchecked((nint)0x0888_9999_AAAA_BBBB);
    private static readonly nuint Huge = unchecked((nuint)(3UL << 32));

    private readonly CudaApi _runtime = new(name => NativeStubs.Runtime[name]);
    private readonly CudaDriverApi _driver = new(name => NativeStubs.Driver[name]);

    [Fact]
    public void Devices()
    {
        Check(_runtime.GetDeviceCount(out var count), "GetDeviceCount(3)");
        Check(_runtime.SetDevice(2), "SetDevice(2)");
        Check(_runtime.GetDevice(out var device), "GetDevice(5)");
        Check(_runtime.DeviceSynchronize(), "DeviceSynchronize()");
        Assert.Equal((3, 5), (count, device));
    }

    [Fact]
    public void Streams()
    {
        Check(_runtime.StreamCreateNonBlocking(out var stream), $"StreamCreateWithFlags({1L << 40}, 1)");
        Check(_runtime.StreamDestroy(P), $"StreamDestroy({P})");
        Check(_runtime.StreamWaitEvent(P, Q), $"StreamWaitEvent({P}, {Q}, 0)");
        Assert.Equal(1L << 40, stream);
    }

    [Fact]
    public void Events()
    {
        Check(
            _runtime.EventCreateWithFlags(out var deviceEvent, CudaEventFlags.BlockingSync | CudaEventFlags.DisableTiming),
            $"EventCreateWithFlags({1L << 41}, 3)");
        Check(_runtime.EventRecord(P, Q), $"EventRecord({P}, {Q})");
        Check(_runtime.EventQuery(P), $"EventQuery({P})");
        Check(_runtime.EventSynchronize(P), $"EventSynchronize({P})");
        Check(_runtime.EventElapsedTime(out var milliseconds, P, Q), $"EventElapsedTime({P}, {Q})");
        Check(_runtime.EventDestroy(P), $"EventDestroy({P})");
        Assert.Equal((1L << 41, 12.25f), (deviceEvent, milliseconds));
    }

    [Fact]
    public void Memory()
    {
        Check(_runtime.MemcpyAsync(P, Q, Huge, CudaCopyKind.DeviceToHost, R), $"MemcpyAsync({P}, {Q}, {Huge}, 2, {R})");
        Check(_runtime.MemcpyAsync(P, Q, Huge, CudaCopyKind.HostToDevice, 0), $"MemcpyAsync({P}, {Q}, {Huge}, 1, 0)");
        Check(_runtime.Malloc(out var memory, Huge), $"Malloc({1L << 42}, {Huge})");
        Check(_runtime.Free(P), $"Free({P})");
        Check(_runtime.HostAllocPortable(out var host, Huge), $"HostAlloc({1L << 43}, {Huge}, 1)");
        Check(_runtime.FreeHost(P), $"FreeHost({P})");
        Check(_runtime.HostRegisterPortable(P, Huge), $"HostRegister({P}, {Huge}, 1)");
        Check(_runtime.HostUnregister(P), $"HostUnregister({P})");
        Check(_runtime.MemGetInfo(out var free, out var total), $"MemGetInfo({1L << 37}, {1L << 38})");
        Assert.Equal((1L << 42, 1L << 43), (memory, host));
        Assert.Equal((1UL << 37, 1UL << 38), (free, total));
    }

    [Fact]
    public void Pointer_attributes_of_CUDA_13_fit()
    {
        Check(_runtime.PointerGetAttributes(P, out var type, out var device), $"PointerGetAttributes({P})");
        Assert.Equal((CudaMemoryType.Host, 6), (type, device));
    }

    [Fact]
    public void Versions_errors_and_the_profiler()
    {
        Check(_runtime.DriverGetVersion(out var driver), "DriverGetVersion(13010)");
        Check(_runtime.RuntimeGetVersion(out var runtime), "RuntimeGetVersion(12080)");
        Check(_runtime.ProfilerStart(), "ProfilerStart()");
        Check(_runtime.ProfilerStop(), "ProfilerStop()");
        Check(_runtime.GetLastError(), "GetLastError()");
        Assert.Equal((13010, 12080), (driver, runtime));
        Assert.Equal("cudaErrorOfTheStub", _runtime.GetErrorName(77));
        Assert.Equal("GetErrorName(77)", NativeStubs.Last);
        Assert.Equal("words of the stub", _runtime.GetErrorString(78));
        Assert.Equal("GetErrorString(78)", NativeStubs.Last);
    }

    [Fact]
    public void The_driver()
    {
        Check(_driver.Init(), "CuInit(0)");
        Check(_driver.DriverGetVersion(out var version), "DriverGetVersion(13010)");
        Check(_driver.DeviceGetCount(out var count), "GetDeviceCount(3)");
        Check(_driver.DeviceGet(out var device, 4), "CuDeviceGet(70, 4)");
        Assert.Equal(0, _driver.DeviceGetName(out var name, 70));
        Assert.Equal("CuDeviceGetName(256, 70)", NativeStubs.Last);
        Check(_driver.DeviceTotalMem(out var total, 70), $"CuDeviceTotalMem({1L << 39}, 70)");
        Check(_driver.DeviceGetAttribute(out var major, CudaDeviceAttribute.ComputeCapabilityMajor, 70), "CuDeviceGetAttribute(9, 75, 70)");
        Check(_driver.DevicePrimaryCtxRetain(out var context, 70), $"CuDevicePrimaryCtxRetain({1L << 44}, 70)");
        Check(_driver.DevicePrimaryCtxRelease(70), "CuDevicePrimaryCtxRelease(70)");
        Check(_driver.CtxPushCurrent(P), $"CuCtxPushCurrent({P})");
        Check(_driver.CtxPopCurrent(out var popped), $"CuCtxPopCurrent({1L << 45})");
        Check(_driver.MemGetInfo(out var free, out _), $"MemGetInfo({1L << 37}, {1L << 38})");
        Assert.Equal((13010, 3, 70, "GPU of the stub", 9), (version, count, device, name, major));
        Assert.Equal((1UL << 39, 1L << 44, 1L << 45, 1UL << 37), (total, context, popped, free));
        Assert.Equal("cudaErrorOfTheStub", _driver.GetErrorName(2));
        Assert.Equal("an unknown error", _driver.GetErrorName(1));
    }

    [Fact]
    public void Exactly_the_exports_that_are_used_are_asked_for()
    {
        var runtime = new HashSet<string>();
        var driver = new HashSet<string>();
        _ = new CudaApi(name => runtime.Add(name) ? 1 : throw new InvalidOperationException(name));
        _ = new CudaDriverApi(name => driver.Add(name) ? 1 : throw new InvalidOperationException(name));

        Assert.Equal(NativeStubs.Runtime.Keys.Order(), runtime.Order());
        Assert.Equal(NativeStubs.Driver.Keys.Order(), driver.Order());
    }

    private static void Check(int code, string call)
    {
        Assert.Equal(NativeStubs.Code, code);
        Assert.Equal(call, NativeStubs.Last);
    }
}
