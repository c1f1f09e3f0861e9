using System.Globalization;
using Egress.Buffers;

namespace Egress.Devices.Cuda;

/// <summary>
/// The checked CUDA runtime: each call throws where CUDA reports an error. An error is also taken off the calling thread's
/// record, because libtorch reads that record after its own launches and would report ours as its own.
/// </summary>
internal sealed class CudaRuntime
{
    private readonly ICudaApi _api;

    public CudaRuntime(ICudaApi api) => _api = api;

    public int GetDeviceCount()
    {
        Check(_api.GetDeviceCount(out var count), "cudaGetDeviceCount");
        return count;
    }

    /// <summary>
    /// Makes the device the calling thread's current one, and starts CUDA on it. The thread stays on it: going back to the one
    /// before would start CUDA on that device too, and hold some hundred megabytes of its memory.
    /// </summary>
    public void SetDevice(int device) => Check(_api.SetDevice(device), "cudaSetDevice");

    /// <summary>As <see cref="SetDevice"/>, without the call where the device is the current one already.</summary>
    public void EnsureDevice(int device)
    {
        Check(_api.GetDevice(out var current), "cudaGetDevice");
        if (current != device)
        {
            SetDevice(device);
        }
    }

    public void DeviceSynchronize() => Check(_api.DeviceSynchronize(), "cudaDeviceSynchronize");

    /// <summary>The current device's free and total memory in bytes.</summary>
    public (long Free, long Total) MemGetInfo()
    {
        Check(_api.MemGetInfo(out var free, out var total), "cudaMemGetInfo");
        return ((long)free, (long)total);
    }

    public nint StreamCreate()
    {
        Check(_api.StreamCreateNonBlocking(out var stream), "cudaStreamCreateWithFlags");
        return stream;
    }

    public void StreamWaitEvent(nint stream, nint deviceEvent) =>
        Check(_api.StreamWaitEvent(stream, deviceEvent), "cudaStreamWaitEvent");

    public nint EventCreate(CudaEventFlags flags)
    {
        Check(_api.EventCreateWithFlags(out var deviceEvent, flags), "cudaEventCreateWithFlags");
        return deviceEvent;
    }

    public void EventRecord(nint deviceEvent, nint stream) => Check(_api.EventRecord(deviceEvent, stream), "cudaEventRecord");

    /// <summary>Whether the event has fired; that it has not is no error.</summary>
    public bool EventQuery(nint deviceEvent)
    {
        var code = _api.EventQuery(deviceEvent);
        if (code == CudaError.NotReady)
        {
            // The runtime records this answer as the thread's last error all the same.
            _ = _api.GetLastError();
            return false;
        }

        Check(code, "cudaEventQuery");
        return true;
    }

    public void EventSynchronize(nint deviceEvent) => Check(_api.EventSynchronize(deviceEvent), "cudaEventSynchronize");

    /// <summary>Milliseconds between two fired events that were created with timing.</summary>
    public float EventElapsedTime(nint start, nint end)
    {
        Check(_api.EventElapsedTime(out var milliseconds, start, end), "cudaEventElapsedTime");
        return milliseconds;
    }

    public void MemcpyAsync(nint destination, nint source, long bytes, CudaCopyKind kind, nint stream) =>
        Check(_api.MemcpyAsync(destination, source, (nuint)bytes, kind, stream), "cudaMemcpyAsync");

    public nint Malloc(long bytes)
    {
        var code = _api.Malloc(out var address, (nuint)bytes);
        if (code == CudaError.MemoryAllocation)
        {
            throw DeviceMemoryExhausted("cudaMalloc", code, bytes);
        }

        Check(code, "cudaMalloc");
        return address;
    }

    /// <summary>Allocates pinned memory the runtime's own way, page after small page.</summary>
    public nint HostAlloc(long bytes)
    {
        CheckHost(_api.HostAllocPortable(out var address, (nuint)bytes), "cudaHostAlloc", bytes);
        return address;
    }

    /// <summary>Page-locks host memory for every device of this process.</summary>
    public void HostRegister(nint address, long bytes) =>
        CheckHost(_api.HostRegisterPortable(address, (nuint)bytes), "cudaHostRegister", bytes);

    public CudaMemoryType PointerType(nint address)
    {
        Check(_api.PointerGetAttributes(address, out var type, out _), "cudaPointerGetAttributes");
        return type;
    }

    /// <summary>The newest CUDA version that the driver supports.</summary>
    public Version DriverVersion()
    {
        Check(_api.DriverGetVersion(out var version), "cudaDriverGetVersion");
        return CudaVersion.FromNumber(version);
    }

    /// <summary>The version of this runtime.</summary>
    public Version RuntimeVersion()
    {
        Check(_api.RuntimeGetVersion(out var version), "cudaRuntimeGetVersion");
        return CudaVersion.FromNumber(version);
    }

    /// <summary>Starts the collection of a profiler that was told to wait for it (<c>--capture-range=cudaProfilerApi</c>).</summary>
    public void ProfilerStart() => Check(_api.ProfilerStart(), "cudaProfilerStart");

    /// <summary>Ends what <see cref="ProfilerStart"/> started.</summary>
    public void ProfilerStop() => Check(_api.ProfilerStop(), "cudaProfilerStop");

    // What gives something back does not throw: it runs while a failure is on its way up, and a device that fails here has
    // failed in a call that says so.

    public void StreamDestroy(nint stream) => Release(_api.StreamDestroy(stream));

    public void EventDestroy(nint deviceEvent) => Release(_api.EventDestroy(deviceEvent));

    public void Free(nint address) => Release(_api.Free(address));

    public void FreeHost(nint address) => Release(_api.FreeHost(address));

    public void HostUnregister(nint address) => Release(_api.HostUnregister(address));

    private void Release(int code)
    {
        if (code != CudaError.Success)
        {
            _ = _api.GetLastError();
        }
    }

    private void Check(int code, string call)
    {
        if (code != CudaError.Success)
        {
            throw code == CudaError.MemoryAllocation ? DeviceMemoryExhausted(call, code, null) : Failed(call, code);
        }
    }

    private void CheckHost(int code, string call, long bytes)
    {
        if (code == CudaError.MemoryAllocation)
        {
            throw new EgressException(
                EgressErrorId.HostMemoryExhausted,
                EgressErrorCategory.ResourceUnavailable,
                $"{HostMemory.Gibibytes(bytes)} of host memory could not be pinned. {Describe(call, code)}",
                "Lower -BufferCount, -BatchSize or -ImageSize, ask for -OutputKind Labels, or raise the memory limit of the job.",
                bytes);
        }

        Check(code, call);
    }

    private EgressException DeviceMemoryExhausted(string call, int code, long? bytes)
    {
        var described = Describe(call, code);
        var asked = bytes is { } count ? $"{HostMemory.Gibibytes(count)} were asked for; " : "";
        var left = _api.MemGetInfo(out var free, out var total) == CudaError.Success
            ? $" {asked}{HostMemory.Gibibytes((long)free)} of {HostMemory.Gibibytes((long)total)} are free."
            : "";
        return new EgressException(
            EgressErrorId.DeviceMemoryExhausted,
            EgressErrorCategory.ResourceUnavailable,
            $"The device's memory is exhausted.{left} {described}",
            "Lower -BatchSize or -ImageSize, use -Precision BFloat16, or end other processes on this GPU (see nvidia-smi).",
            call);
    }

    private EgressException Failed(string call, int code) => new(
        EgressErrorId.CudaCallFailed,
        EgressErrorCategory.DeviceError,
        Describe(call, code),
        code switch
        {
            CudaError.Assert =>
                "The model was given what it has no place for, most often an index out of range: with a program that encodes sequences, give "
                + "-Tokenizer the files of its own tokenizer. The GPU's state is lost to this process: start a new one.",
            _ when CudaError.IsSticky(code) =>
                "The GPU's state is lost to this process: start a new one. Where it happens again, look for Xid errors in the system log.",
            CudaError.DevicesUnavailable => "Another process holds the GPU for itself, see nvidia-smi. Wait for it or take another GPU.",
            CudaError.NoDevice or CudaError.InvalidDevice or CudaError.InsufficientDriver =>
                "Get-EgressDevice lists the devices and the driver's version; -Device cpu runs without a GPU.",
            _ => "See nvidia-smi for the state of the GPU and its driver.",
        },
        call);

    private string Describe(string call, int code)
    {
        _ = _api.GetLastError();
        return string.Create(
            CultureInfo.InvariantCulture, $"{call} failed with {_api.GetErrorName(code)} ({code}): {_api.GetErrorString(code)}.");
    }
}
