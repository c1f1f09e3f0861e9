namespace Egress.Devices.Cuda;

/// <summary>
/// Device memory from <c>cudaMalloc</c>. Models allocate through libtorch; this is for what runs without one, such as measuring
/// the bus. Giving it back waits for everything on the device.
/// </summary>
internal sealed class CudaMemory : IDeviceMemory
{
    private readonly CudaMemoryHandle _handle;

    public CudaMemory(CudaMemoryHandle handle, long bytes)
    {
        _handle = handle;
        Bytes = bytes;
    }

    /// <inheritdoc/>
    public nint Address
    {
        get
        {
            ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
            return _handle.DangerousGetHandle();
        }
    }

    /// <inheritdoc/>
    public long Bytes { get; }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
