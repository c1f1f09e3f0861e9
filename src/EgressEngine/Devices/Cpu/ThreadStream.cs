using System.Collections.Concurrent;
using System.Diagnostics;
using Egress.Buffers;
using Egress.Runtime;

namespace Egress.Devices.Cpu;

/// <summary>
/// A stream whose work runs in order on a thread of its own. An error of the work comes out of every event after it, as on a GPU.
/// </summary>
internal sealed class ThreadStream : IDeviceStream, ITimedStream
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;
    private Exception? _error;

    public ThreadStream(string name)
    {
        _thread = new Thread(Loop) { IsBackground = true, Name = name };
        ProcessLimit.Start(_thread);
    }

    /// <inheritdoc/>
    public void Wait(IDeviceEvent deviceEvent)
    {
        if (!deviceEvent.HasFired)
        {
            Enqueue(deviceEvent.Synchronize);
        }
    }

    /// <inheritdoc/>
    public void CopyToDevice(IDeviceMemory destination, HostBlock source, long bytes) =>
        Enqueue(() => MemoryCopy.Copy(source.Address, source.Bytes, destination.Address, destination.Bytes, bytes));

    /// <inheritdoc/>
    public void CopyToHost(HostBlock destination, IDeviceMemory source, long bytes) =>
        Enqueue(() => MemoryCopy.Copy(source.Address, source.Bytes, destination.Address, destination.Bytes, bytes));

    /// <inheritdoc/>
    public IDeviceEvent Record()
    {
        var mark = new ThreadEvent(this);
        Enqueue(mark.Fire);
        return mark;
    }

    /// <inheritdoc/>
    public IDeviceSpan BeginSpan() => new ThreadSpan(this);

    /// <summary>Enqueues any work.</summary>
    public void Enqueue(Action work) => _work.Add(work);

    /// <inheritdoc/>
    public void Synchronize()
    {
        if (!_work.IsAddingCompleted)
        {
            using var mark = Record();
            mark.Synchronize();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_work.IsAddingCompleted)
        {
            _work.CompleteAdding();
            _thread.Join();
            _work.Dispose();
        }
    }

    private void Loop()
    {
        foreach (var work in _work.GetConsumingEnumerable())
        {
            try
            {
                work();
            }
            catch (Exception error)
            {
                // The first one is the cause.
                Interlocked.CompareExchange(ref _error, error, null);
            }
        }
    }

    /// <summary>The thread looks at the clock before and after the work.</summary>
    private sealed class ThreadSpan : IDeviceSpan
    {
        private readonly ThreadStream _stream;

        public ThreadSpan(ThreadStream stream)
        {
            _stream = stream;
            stream.Enqueue(() => StartTicks = Stopwatch.GetTimestamp());
        }

        public long StartTicks { get; private set; }

        public long EndTicks { get; private set; }

        public void End() => _stream.Enqueue(() => EndTicks = Stopwatch.GetTimestamp());

        public void Dispose()
        {
        }
    }

    private sealed class ThreadEvent(ThreadStream stream) : IDeviceEvent
    {
        private readonly ManualResetEventSlim _fired = new();
        private Exception? _error;

        public bool HasFired => _fired.IsSet;

        public void Fire()
        {
            _error = Volatile.Read(ref stream._error);
            _fired.Set();
        }

        public void Synchronize()
        {
            _fired.Wait();
            if (_error is not null)
            {
                throw new EgressException(
                    EgressErrorId.PipelineFault,
                    EgressErrorCategory.DeviceError,
                    $"A copy on the CPU's egress stream failed: {_error.Message}",
                    "This is an error of the engine: report it with the command that led to it.",
                    inner: _error);
            }
        }

        // The slim event holds no native handle unless one is asked for, so there is nothing to give back, and the stream's
        // thread may still be about to fire it.
        public void Dispose()
        {
        }
    }
}
