using System.Globalization;
using Egress.Buffers;

namespace Egress.Devices.Cuda;

/// <summary>
/// An NVIDIA GPU: the default stream for compute, because libtorch computes there, and a non-blocking stream of its own for
/// each direction of copies. Any thread may call it; a call that CUDA ties to the thread's current device makes this one current.
/// </summary>
internal sealed class CudaDevice : IDevice, IProfiledDevice, IMemoryMeter
{
    // The monitor and the synchronous strategies wait for events for most of a run. Sleeping costs them some ten microseconds of
    // a wait that lasts milliseconds; spinning costs a core that loaders and output workers need.
    private const CudaEventFlags EventFlags = CudaEventFlags.BlockingSync | CudaEventFlags.DisableTiming;
    private const CudaEventFlags TimedEventFlags = CudaEventFlags.BlockingSync;

    private readonly CudaRuntime _cuda;
    private readonly CudaEventPool _events;
    private readonly CudaEventPool _timedEvents;
    private readonly CudaStream _compute;
    private readonly CudaStream _ingress;
    private readonly CudaStream _egress;
    private readonly long _freeAtStart;
    private readonly Lock _clockLock = new();
    private CudaClock? _clock;
    private bool _disposed;

    /// <summary>Starts CUDA on the device and creates its streams.</summary>
    /// <param name="cuda">The runtime.</param>
    /// <param name="ordinal">The device's number, which <see cref="CudaDevices.Open(int)"/> has checked.</param>
    public CudaDevice(CudaRuntime cuda, int ordinal)
    {
        _cuda = cuda;
        Ordinal = ordinal;
        _events = new CudaEventPool(cuda, ordinal, EventFlags);
        _timedEvents = new CudaEventPool(cuda, ordinal, TimedEventFlags);
        cuda.EnsureDevice(ordinal);
        _freeAtStart = cuda.MemGetInfo().Free;
        _compute = Stream(CudaStreamHandle.Default(cuda));
        _ingress = Stream(CudaStreamHandle.Create(cuda));
        try
        {
            _egress = Stream(CudaStreamHandle.Create(cuda));
        }
        catch
        {
            _ingress.Dispose();
            throw;
        }
    }

    /// <summary>The device's number among those that this process sees.</summary>
    public int Ordinal { get; }

    /// <inheritdoc/>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"cuda:{Ordinal}");

    /// <inheritdoc/>
    public DeviceKind Kind => DeviceKind.Cuda;

    /// <inheritdoc/>
    public IDeviceStream ComputeStream => _compute;

    /// <inheritdoc/>
    public IDeviceStream IngressStream => _ingress;

    /// <inheritdoc/>
    public IDeviceStream EgressStream => _egress;

    /// <summary>What libtorch took it keeps, so that what is taken now is the most that was.</summary>
    public long PeakBytes
    {
        get
        {
            ThrowIfDisposed();
            _cuda.EnsureDevice(Ordinal);
            return Math.Max(0, _freeAtStart - _cuda.MemGetInfo().Free);
        }
    }

    /// <inheritdoc/>
    public HostBlock AllocateHost(long bytes, HostMemoryKind kind)
    {
        ThrowIfDisposed();
        if (kind != HostMemoryKind.Pinned)
        {
            return HostBlock.Allocate(bytes, kind);
        }

        _cuda.EnsureDevice(Ordinal);

        // The block may outlive this device: pools do. What unpins it is the runtime alone.
        return HostBlock.AllocatePinned(bytes, Pin, _cuda.HostUnregister);
    }

    /// <inheritdoc/>
    public void BindThread()
    {
        ThrowIfDisposed();
        _cuda.SetDevice(Ordinal);
    }

    /// <inheritdoc/>
    public void Synchronize()
    {
        ThrowIfDisposed();
        _cuda.EnsureDevice(Ordinal);
        _cuda.DeviceSynchronize();
    }

    /// <inheritdoc/>
    public void Restart()
    {
    }

    /// <inheritdoc/>
    public void StartProfiler()
    {
        ThrowIfDisposed();
        _cuda.EnsureDevice(Ordinal);
        _cuda.ProfilerStart();
    }

    /// <inheritdoc/>
    public void StopProfiler()
    {
        ThrowIfDisposed();
        _cuda.EnsureDevice(Ordinal);
        _cuda.ProfilerStop();
    }

    /// <summary>Allocates device memory apart from libtorch's.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.DeviceMemoryExhausted"/>.</exception>
    public CudaMemory CreateMemory(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        ThrowIfDisposed();
        _cuda.EnsureDevice(Ordinal);
        return new CudaMemory(CudaMemoryHandle.Create(_cuda, bytes), bytes);
    }

    /// <summary>Destroys the streams and the idle events. Host memory and events still in use stay valid.</summary>
    public void Dispose()
    {
        _disposed = true;
        _clock?.Dispose();
        _egress.Dispose();
        _ingress.Dispose();
        _compute.Dispose();
        _events.Dispose();
        _timedEvents.Dispose();
    }

    private CudaStream Stream(CudaStreamHandle handle) => new(_cuda, Ordinal, handle, _events, _timedEvents, Clock);

    private CudaClock Clock()
    {
        lock (_clockLock)
        {
            ThrowIfDisposed();
            _cuda.EnsureDevice(Ordinal);
            return _clock ??= new CudaClock(_cuda, _timedEvents);
        }
    }

    /// <summary>
    /// Pins the memory and asks CUDA whether it is: a copy into memory that only passes for pinned is correct, several times
    /// slower, and blocks the thread that enqueues it.
    /// </summary>
    private void Pin(nint address, nint bytes)
    {
        _cuda.HostRegister(address, bytes);
        try
        {
            VerifyPinned(address, bytes);
            VerifyPinned(address + bytes - 1, bytes);
        }
        catch
        {
            _cuda.HostUnregister(address);
            throw;
        }
    }

    private void VerifyPinned(nint address, nint bytes)
    {
        var type = _cuda.PointerType(address);
        if (type != CudaMemoryType.Host)
        {
            throw new EgressException(
                EgressErrorId.MemoryNotPinned,
                EgressErrorCategory.DeviceError,
                $"{HostMemory.Gibibytes(bytes)} of host memory were registered with CUDA and are not pinned: CUDA takes them for {type}.",
                "Use New-PinnedBufferPool -Pageable or -Strategy BufferPool to run without pinned memory, and check the driver.",
                Name);
        }
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);
}
