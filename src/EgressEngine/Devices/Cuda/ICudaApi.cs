namespace Egress.Devices.Cuda;

/// <summary>
/// The calls of the CUDA runtime that the engine makes, one method a call and named like it, each returning CUDA's own error
/// code. <see cref="CudaApi"/> makes them; <see cref="CudaRuntime"/> turns the codes into exceptions. Handles are CUDA's own
/// pointers; sizes are in bytes.
/// </summary>
internal interface ICudaApi
{
    int GetDeviceCount(out int count);

    int SetDevice(int device);

    int GetDevice(out int device);

    int DeviceSynchronize();

    int MemGetInfo(out nuint free, out nuint total);

    int StreamCreateNonBlocking(out nint stream);

    int StreamDestroy(nint stream);

    int StreamWaitEvent(nint stream, nint deviceEvent);

    int EventCreateWithFlags(out nint deviceEvent, CudaEventFlags flags);

    int EventRecord(nint deviceEvent, nint stream);

    int EventQuery(nint deviceEvent);

    int EventSynchronize(nint deviceEvent);

    int EventElapsedTime(out float milliseconds, nint start, nint end);

    int EventDestroy(nint deviceEvent);

    int MemcpyAsync(nint destination, nint source, nuint bytes, CudaCopyKind kind, nint stream);

    int Malloc(out nint address, nuint bytes);

    int Free(nint address);

    int HostAllocPortable(out nint address, nuint bytes);

    int FreeHost(nint address);

    int HostRegisterPortable(nint address, nuint bytes);

    int HostUnregister(nint address);

    int PointerGetAttributes(nint address, out CudaMemoryType type, out int device);

    int DriverGetVersion(out int version);

    int RuntimeGetVersion(out int version);

    int ProfilerStart();

    int ProfilerStop();

    /// <summary>Returns the calling thread's last error and forgets it.</summary>
    int GetLastError();

    string GetErrorName(int code);

    string GetErrorString(int code);
}
