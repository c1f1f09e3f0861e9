using Egress.Buffers;

namespace Egress.Devices.Cuda;

/// <summary>A stream of one CUDA device.</summary>
internal sealed class CudaStream : IDeviceStream, ITimedStream
{
    private readonly CudaRuntime _cuda;
    private readonly int _device;
    private readonly CudaStreamHandle _handle;
    private readonly CudaEventPool _events;
    private readonly CudaEventPool _timedEvents;
    private readonly Func<CudaClock> _clock;

    /// <param name="cuda">The runtime.</param>
    /// <param name="device">The ordinal of the stream's device.</param>
    /// <param name="handle">The stream; this object owns it from here on.</param>
    /// <param name="events">Where events come from.</param>
    /// <param name="timedEvents">Where events that carry a time come from.</param>
    /// <param name="clock">Gives the device's clock; asked only where times are wanted.</param>
    public CudaStream(
        CudaRuntime cuda, int device, CudaStreamHandle handle, CudaEventPool events, CudaEventPool timedEvents, Func<CudaClock> clock)
    {
        _cuda = cuda;
        _device = device;
        _handle = handle;
        _events = events;
        _timedEvents = timedEvents;
        _clock = clock;
    }

    /// <inheritdoc/>
    public void Wait(IDeviceEvent deviceEvent)
    {
        ArgumentNullException.ThrowIfNull(deviceEvent);
        if (deviceEvent is not CudaEvent cudaEvent)
        {
            throw new ArgumentException("A CUDA stream waits for CUDA events only.", nameof(deviceEvent));
        }

        using var stream = Borrow();
        using var awaited = cudaEvent.Borrow();
        _cuda.StreamWaitEvent(stream.Value, awaited.Value);
    }

    /// <inheritdoc/>
    public void CopyToDevice(IDeviceMemory destination, HostBlock source, long bytes)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(source);
        Copy(destination.Address, destination.Bytes, source.Address, source.Bytes, bytes, CudaCopyKind.HostToDevice);
    }

    /// <inheritdoc/>
    public void CopyToHost(HostBlock destination, IDeviceMemory source, long bytes)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(source);
        Copy(destination.Address, destination.Bytes, source.Address, source.Bytes, bytes, CudaCopyKind.DeviceToHost);
    }

    /// <inheritdoc/>
    public IDeviceEvent Record()
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        return _events.Record(_handle);
    }

    /// <summary>As <see cref="Record"/>, with a time: see <see cref="CudaEvent.MillisecondsSince"/>.</summary>
    public CudaEvent RecordTimed()
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        return _timedEvents.Record(_handle);
    }

    /// <inheritdoc/>
    public IDeviceSpan BeginSpan()
    {
        var anchor = _clock().Take();
        try
        {
            return new CudaSpan(this, anchor);
        }
        catch
        {
            anchor.Release();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Synchronize()
    {
        // Through an event because cudaStreamSynchronize spins: a whole core for as long as a batch computes.
        using var reached = Record();
        reached.Synchronize();
    }

    /// <summary>Destroys the stream where it is the engine's own. Work under way on it ends undisturbed.</summary>
    public void Dispose() => _handle.Dispose();

    private void Copy(nint destination, long destinationBytes, nint source, long sourceBytes, long bytes, CudaCopyKind kind)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, destinationBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, sourceBytes);
        using var stream = Borrow();
        _cuda.MemcpyAsync(destination, source, bytes, kind, stream.Value);
    }

    private CudaHandle.Loan Borrow()
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);

        // The default stream is that of the thread's current device.
        _cuda.EnsureDevice(_device);
        return _handle.Borrow();
    }
}
