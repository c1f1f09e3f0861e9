namespace Egress.Devices.Cuda;

/// <summary>
/// The events of one device, used again and again: a run records a few per step, and creating one takes a call into the driver.
/// An event may come back before it has fired, because CUDA binds whoever waits for it to the record that it waited for.
/// </summary>
internal sealed class CudaEventPool : IDisposable
{
    private readonly CudaRuntime _cuda;
    private readonly int _device;
    private readonly CudaEventFlags _flags;
    private readonly Stack<CudaEventHandle> _idle = new();
    private bool _disposed;

    public CudaEventPool(CudaRuntime cuda, int device, CudaEventFlags flags)
    {
        _cuda = cuda;
        _device = device;
        _flags = flags;
    }

    /// <summary>Records an event on this stream, which belongs to the pool's device.</summary>
    public CudaEvent Record(CudaStreamHandle stream)
    {
        // The default stream and a new event belong to the device that is current on this thread.
        _cuda.EnsureDevice(_device);
        var handle = Rent();
        try
        {
            using var eventLoan = handle.Borrow();
            using var streamLoan = stream.Borrow();
            _cuda.EventRecord(eventLoan.Value, streamLoan.Value);
        }
        catch
        {
            handle.Dispose();
            throw;
        }

        return new CudaEvent(_cuda, this, handle);
    }

    /// <summary>Takes an event back; after the pool was disposed it is destroyed.</summary>
    public void Return(CudaEventHandle handle)
    {
        lock (_idle)
        {
            if (!_disposed)
            {
                _idle.Push(handle);
                return;
            }
        }

        handle.Dispose();
    }

    /// <summary>Destroys the idle events; those in use are destroyed as they come back.</summary>
    public void Dispose()
    {
        CudaEventHandle[] idle;
        lock (_idle)
        {
            _disposed = true;
            idle = [.. _idle];
            _idle.Clear();
        }

        foreach (var handle in idle)
        {
            handle.Dispose();
        }
    }

    private CudaEventHandle Rent()
    {
        lock (_idle)
        {
            if (_idle.TryPop(out var handle))
            {
                return handle;
            }
        }

        return CudaEventHandle.Create(_cuda, _flags);
    }
}
