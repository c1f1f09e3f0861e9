namespace Egress.Devices.Cuda;

/// <summary>One record of a CUDA event. Disposing it gives the event back to its pool.</summary>
internal sealed class CudaEvent : IDeviceEvent
{
    private readonly CudaRuntime _cuda;
    private readonly CudaEventPool _pool;
    private CudaEventHandle? _handle;

    public CudaEvent(CudaRuntime cuda, CudaEventPool pool, CudaEventHandle handle)
    {
        _cuda = cuda;
        _pool = pool;
        _handle = handle;
    }

    /// <inheritdoc/>
    public bool HasFired
    {
        get
        {
            using var loan = Borrow();
            return _cuda.EventQuery(loan.Value);
        }
    }

    /// <inheritdoc/>
    public void Synchronize()
    {
        using var loan = Borrow();
        _cuda.EventSynchronize(loan.Value);
    }

    /// <summary>Milliseconds on the device between the two records, both timed and both fired.</summary>
    public double MillisecondsSince(CudaEvent start)
    {
        using var first = start.Borrow();
        using var last = Borrow();
        return _cuda.EventElapsedTime(first.Value, last.Value);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _handle, null) is { } handle)
        {
            _pool.Return(handle);
        }
    }

    /// <summary>The event's pointer, kept open until the loan is disposed.</summary>
    internal CudaHandle.Loan Borrow()
    {
        var handle = _handle;
        ObjectDisposedException.ThrowIf(handle is null, this);
        return handle.Borrow();
    }
}
