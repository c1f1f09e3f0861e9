using System.Diagnostics;
using Egress.Devices.Cuda;

namespace Egress.Tests.Devices.Cuda;

/// <summary>
/// The queues. By hand, work is done when the test says so. With <see cref="Shuffle"/> set, a thread that waits for an event
/// lets single pieces of work happen, in a random one of the orders that CUDA allows, until the event has fired: whatever the
/// caller forgot to order comes out wrong for some seed.
/// </summary>
internal sealed unsafe partial class FakeCudaApi
{
    private static readonly TimeSpan s_hang = TimeSpan.FromSeconds(20);
    private readonly Dictionary<(int Device, nint Stream), Queue<Work>> _queues = [];

    /// <summary>Picks the next piece of work, or null for work that the test lets happen.</summary>
    public Random? Shuffle { get; init; }

    /// <summary>Whether events tell the real time between them; otherwise it is 1.5 ms between any two.</summary>
    public bool TellsRealTime { get; init; }

    /// <summary>Enqueues a kernel on a device's default stream, as libtorch does.</summary>
    public void Launch(int device, Action kernel)
    {
        lock (_lock)
        {
            Enqueue(device, 0, new Work(kernel));
        }
    }

    /// <summary>Does all work that can be done.</summary>
    public void RunAll()
    {
        lock (_lock)
        {
            while (_queues.Keys.Any(RunOne))
            {
            }
        }
    }

    /// <summary>Does what can be done on one stream, so many pieces at most, and nothing elsewhere.</summary>
    /// <returns>Pieces of work done.</returns>
    public int Run(nint stream, int device = 0, int most = int.MaxValue)
    {
        lock (_lock)
        {
            var count = 0;
            while (count < most && RunOne((device, stream)))
            {
                count++;
            }

            return count;
        }
    }

    public int DeviceSynchronize()
    {
        lock (_lock)
        {
            RunAll();
            return Enter("cudaDeviceSynchronize");
        }
    }

    public int StreamCreateNonBlocking(out nint stream)
    {
        lock (_lock)
        {
            stream = 0;
            if (Start("cudaStreamCreateWithFlags") is not 0 and var code)
            {
                return code;
            }

            stream = _nextHandle++;
            _streamDevices.Add(stream, _current.Value);
            Streams.Add(stream);
            return 0;
        }
    }

    public int StreamDestroy(nint stream)
    {
        lock (_lock)
        {
            return Enter("cudaStreamDestroy") is not 0 and var code ? code
                : _streamDevices.Remove(stream) ? 0
                : Violation($"cudaStreamDestroy of {stream:x}, which is not open", InvalidResourceHandle);
        }
    }

    public int StreamWaitEvent(nint stream, nint deviceEvent)
    {
        lock (_lock)
        {
            if (Enter("cudaStreamWaitEvent") is not 0 and var code)
            {
                return code;
            }

            if (!TryGetDevice(stream, out var device) || !_events.TryGetValue(deviceEvent, out var state))
            {
                return Violation($"cudaStreamWaitEvent of {stream:x} for {deviceEvent:x}: one is not open", InvalidResourceHandle);
            }

            var awaited = state.Recorded;
            Enqueue(device, stream, new Work(() => { }, () => state.Fired >= awaited));
            return 0;
        }
    }

    public int EventCreateWithFlags(out nint deviceEvent, CudaEventFlags flags)
    {
        lock (_lock)
        {
            deviceEvent = 0;
            if (Start("cudaEventCreateWithFlags") is not 0 and var code)
            {
                return code;
            }

            deviceEvent = _nextHandle++;
            EventFlags.Add(flags);
            _events.Add(deviceEvent, new EventState(_current.Value, flags));
            return 0;
        }
    }

    public int EventRecord(nint deviceEvent, nint stream)
    {
        lock (_lock)
        {
            if (Enter("cudaEventRecord") is not 0 and var code)
            {
                return code;
            }

            if (!TryGetDevice(stream, out var device) || !_events.TryGetValue(deviceEvent, out var state) || state.Device != device)
            {
                return Violation($"cudaEventRecord of {deviceEvent:x} on {stream:x}: not open, or of two devices", InvalidResourceHandle);
            }

            var record = ++state.Recorded;
            Enqueue(device, stream, new Work(() =>
            {
                state.Fired = Math.Max(state.Fired, record);
                state.FiredAt = Stopwatch.GetTimestamp();
            }));
            return 0;
        }
    }

    public int EventQuery(nint deviceEvent)
    {
        lock (_lock)
        {
            if (Enter("cudaEventQuery") is not 0 and var code)
            {
                return code;
            }

            if (!_events.TryGetValue(deviceEvent, out var state))
            {
                return Violation("cudaEventQuery of a closed event", InvalidResourceHandle);
            }

            if (state.Fired < state.Recorded && Shuffle is not null)
            {
                // The device works on while it is asked.
                RunRandom();
            }

            return state.Fired >= state.Recorded ? 0 : Error(CudaError.NotReady);
        }
    }

    public int EventSynchronize(nint deviceEvent)
    {
        lock (_lock)
        {
            if (Enter("cudaEventSynchronize") is not 0 and var code)
            {
                return code;
            }

            if (!_events.TryGetValue(deviceEvent, out var state))
            {
                return Violation("cudaEventSynchronize of a closed event", InvalidResourceHandle);
            }

            var awaited = state.Recorded;
            while (state.Fired < awaited)
            {
                if (Shuffle is null)
                {
                    if (!Monitor.Wait(_lock, s_hang))
                    {
                        throw new TimeoutException($"Nobody lets event {deviceEvent:x} fire.");
                    }
                }
                else if (!RunRandom())
                {
                    throw new InvalidOperationException($"Event {deviceEvent:x} can never fire.");
                }
            }

            return 0;
        }
    }

    public int EventElapsedTime(out float milliseconds, nint start, nint end)
    {
        milliseconds = 1.5f;
        lock (_lock)
        {
            if (Enter("cudaEventElapsedTime") is not 0 and var code)
            {
                return code;
            }

            if (!IsTimed(start) || !IsTimed(end))
            {
                return Error(InvalidResourceHandle);
            }

            if (TellsRealTime)
            {
                milliseconds = (float)((_events[end].FiredAt - _events[start].FiredAt) * 1000.0 / Stopwatch.Frequency);
            }

            return 0;
        }
    }

    public int EventDestroy(nint deviceEvent)
    {
        lock (_lock)
        {
            return Enter("cudaEventDestroy") is not 0 and var code ? code
                : _events.Remove(deviceEvent) ? 0
                : Violation($"cudaEventDestroy of {deviceEvent:x}, which is not open", InvalidResourceHandle);
        }
    }

    /// <summary>Enqueues the copy; as CUDA does, waits for one into host memory that is not pinned.</summary>
    public int MemcpyAsync(nint destination, nint source, nuint bytes, CudaCopyKind kind, nint stream)
    {
        lock (_lock)
        {
            if (Enter("cudaMemcpyAsync") is not 0 and var code)
            {
                return code;
            }

            if (!TryGetDevice(stream, out var device))
            {
                return Violation($"cudaMemcpyAsync on {stream:x}, which is not open", InvalidResourceHandle);
            }

            var (onDevice, onHost) = kind == CudaCopyKind.HostToDevice ? (destination, source) : (source, destination);
            if (!Contains(_deviceMemory, onDevice) || !Contains(_deviceMemory, onDevice + (nint)bytes - 1) || Contains(_deviceMemory, onHost))
            {
                return Error(1);
            }

            var copy = new Work(() => Copy(destination, source, bytes)) { Ranges = [(destination, bytes), (source, bytes)] };
            Enqueue(device, stream, copy);
            while (kind == CudaCopyKind.DeviceToHost && !Contains(_registered, onHost) && !copy.Done)
            {
                if (!RunRandom())
                {
                    throw new InvalidOperationException("A copy can never be done.");
                }
            }

            return 0;
        }
    }

    private void Copy(nint destination, nint source, nuint bytes)
    {
        if (!Contains(_deviceMemory, destination) && !Contains(_deviceMemory, source))
        {
            Violations.Add("a copy ran after its device memory was freed");
            return;
        }

        Buffer.MemoryCopy((void*)source, (void*)destination, bytes, bytes);
    }

    private bool IsTimed(nint deviceEvent) =>
        _events.TryGetValue(deviceEvent, out var state) && !state.Flags.HasFlag(CudaEventFlags.DisableTiming) && state.Fired > 0;

    private bool PendingOn(nint address, nuint bytes) => _queues.Values.Any(queue => queue.Any(work => work.Ranges.Any(
        range => range.Address < address + (nint)bytes && address < range.Address + (nint)range.Bytes)));

    /// <summary>The device of a stream: for the default stream the one that is current on this thread.</summary>
    private bool TryGetDevice(nint stream, out int device)
    {
        device = _current.Value;
        return stream == 0 || _streamDevices.TryGetValue(stream, out device);
    }

    private void Enqueue(int device, nint stream, Work work)
    {
        if (!_queues.TryGetValue((device, stream), out var queue))
        {
            _queues.Add((device, stream), queue = new Queue<Work>());
        }

        queue.Enqueue(work);
        while (Shuffle?.Next(3) == 0 && RunRandom())
        {
        }
    }

    private bool RunRandom()
    {
        var keys = _queues.Keys.ToArray();
        (Shuffle ?? Random.Shared).Shuffle(keys);
        return keys.Any(RunOne);
    }

    private bool RunOne((int Device, nint Stream) key)
    {
        if (!_queues.TryGetValue(key, out var queue) || !queue.TryPeek(out var work) || !work.CanRun())
        {
            return false;
        }

        work.Run();
        work.Done = true;
        queue.Dequeue();
        Monitor.PulseAll(_lock);
        return true;
    }

    private sealed class EventState(int device, CudaEventFlags flags)
    {
        public int Device => device;

        public CudaEventFlags Flags => flags;

        public int Recorded { get; set; }

        public int Fired { get; set; }

        public long FiredAt { get; set; }
    }

    private sealed class Work(Action run, Func<bool>? canRun = null)
    {
        public (nint Address, nuint Bytes)[] Ranges { get; init; } = [];

        public bool Done { get; set; }

        public bool CanRun() => canRun?.Invoke() ?? true;

        public void Run() => run();
    }
}
