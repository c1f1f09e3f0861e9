namespace Egress.Devices.Cuda;

/// <summary>A span of a <see cref="CudaStream"/>: two timed events and the anchor that puts them on the host's time axis.</summary>
internal sealed class CudaSpan : IDeviceSpan
{
    private readonly CudaStream _stream;
    private readonly CudaClock.Anchor _anchor;
    private readonly CudaEvent _start;
    private CudaEvent? _end;
    private bool _disposed;

    public CudaSpan(CudaStream stream, CudaClock.Anchor anchor)
    {
        _stream = stream;
        _anchor = anchor;
        _start = stream.RecordTimed();
    }

    /// <inheritdoc/>
    public long StartTicks => _anchor.TicksOf(_start);

    /// <inheritdoc/>
    public long EndTicks => _anchor.TicksOf(_end ?? throw new InvalidOperationException("The span was not ended."));

    /// <inheritdoc/>
    public void End() => _end = _stream.RecordTimed();

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _start.Dispose();
            _end?.Dispose();
            _anchor.Release();
        }
    }
}
