using System.Runtime.InteropServices;
using Egress.Devices.Cuda;

namespace Egress.Tests.Devices.Cuda;

/// <summary>
/// A CUDA runtime without a GPU: streams are queues, device memory is host memory, and the test decides when work is done. It
/// holds callers to CUDA's rules (handles that live, events and streams of one device, memory that stays until its copy has
/// ended) and notes what breaks them in <see cref="Violations"/>.
/// </summary>
internal sealed unsafe partial class FakeCudaApi : ICudaApi, IDisposable
{
    private const int InvalidResourceHandle = 400;
    private const int HostMemoryNotRegistered = 713;
    private const byte Poison = 0xDD;

    private readonly object _lock = new();
    private readonly ThreadLocal<int> _current = new();
    private readonly ThreadLocal<int> _lastError = new();
    private readonly List<Failure> _failures = [];
    private readonly Dictionary<string, int> _calls = [];
    private readonly Dictionary<nint, int> _streamDevices = [];
    private readonly Dictionary<nint, EventState> _events = [];
    private readonly Dictionary<nint, nuint> _deviceMemory = [];
    private readonly Dictionary<nint, nuint> _registered = [];
    private readonly Dictionary<nint, nuint> _hostAllocated = [];
    private nint _nextHandle = 0x1000;

    /// <summary>Number of devices.</summary>
    public int DeviceCount { get; init; } = 1;

    /// <summary>Whether registering host memory succeeds without pinning it, as PyTorch's <c>share_memory_</c> undoes it.</summary>
    public bool RegisterWithoutPinning { get; init; }

    /// <summary>What broke CUDA's rules.</summary>
    public List<string> Violations { get; } = [];

    /// <summary>The devices that CUDA was started on.</summary>
    public HashSet<int> StartedDevices { get; } = [];

    /// <summary>The flags that events were created with.</summary>
    public List<CudaEventFlags> EventFlags { get; } = [];

    /// <summary>The streams in the order in which they were created.</summary>
    public List<nint> Streams { get; } = [];

    public int LiveStreams => _streamDevices.Count;

    public int LiveEvents => _events.Count;

    public int LiveDeviceMemory => _deviceMemory.Count;

    public int LiveRegistrations => _registered.Count;

    /// <summary>Everything that was created and not given back.</summary>
    public int LiveHandles => LiveStreams + LiveEvents + LiveDeviceMemory + LiveRegistrations + _hostAllocated.Count;

    /// <summary>How often a call was made.</summary>
    public int Calls(string call)
    {
        lock (_lock)
        {
            return _calls.GetValueOrDefault(call);
        }
    }

    /// <summary>Lets calls of this name fail, the next ones or those after some that succeed.</summary>
    public void Fail(string call, int code, int times = 1, int after = 0)
    {
        lock (_lock)
        {
            var first = _calls.GetValueOrDefault(call) + after;
            _failures.Add(new Failure(call, code, first, first + times));
        }
    }

    public int GetDeviceCount(out int count)
    {
        count = DeviceCount;
        return Enter("cudaGetDeviceCount");
    }

    public int SetDevice(int device)
    {
        lock (_lock)
        {
            if (Enter("cudaSetDevice") is not 0 and var code)
            {
                return code;
            }

            if (device < 0 || device >= DeviceCount)
            {
                return Error(CudaError.InvalidDevice);
            }

            _current.Value = device;
            StartedDevices.Add(device);
            return 0;
        }
    }

    public int GetDevice(out int device)
    {
        device = _current.Value;
        return Enter("cudaGetDevice");
    }

    public int MemGetInfo(out nuint free, out nuint total)
    {
        free = 1U << 30;
        total = unchecked((nuint)(4UL << 30));
        return Enter("cudaMemGetInfo");
    }

    public int Malloc(out nint address, nuint bytes)
    {
        lock (_lock)
        {
            address = 0;
            if (Start("cudaMalloc") is not 0 and var code)
            {
                return code;
            }

            address = (nint)NativeMemory.Alloc(bytes);
            new Span<byte>((void*)address, (int)bytes).Fill(Poison);
            _deviceMemory.Add(address, bytes);
            return 0;
        }
    }

    /// <summary>Frees device memory. CUDA would wait for the device; here, work that still needs the memory is a violation.</summary>
    public int Free(nint address)
    {
        lock (_lock)
        {
            if (Enter("cudaFree") is not 0 and var code)
            {
                return code;
            }

            if (!_deviceMemory.Remove(address, out var bytes))
            {
                return Violation($"cudaFree of {address:x}, which is not allocated", 1);
            }

            if (PendingOn(address, bytes))
            {
                Violations.Add($"cudaFree of {address:x} under a pending copy");
            }

            new Span<byte>((void*)address, (int)bytes).Fill(Poison);
            NativeMemory.Free((void*)address);
            return 0;
        }
    }

    public int HostAllocPortable(out nint address, nuint bytes)
    {
        lock (_lock)
        {
            address = 0;
            if (Start("cudaHostAlloc") is not 0 and var code)
            {
                return code;
            }

            address = (nint)NativeMemory.Alloc(bytes);
            _hostAllocated.Add(address, bytes);
            return 0;
        }
    }

    public int FreeHost(nint address)
    {
        lock (_lock)
        {
            if (Enter("cudaFreeHost") is not 0 and var code)
            {
                return code;
            }

            if (!_hostAllocated.Remove(address))
            {
                return Violation($"cudaFreeHost of {address:x}, which is not allocated", 1);
            }

            NativeMemory.Free((void*)address);
            return 0;
        }
    }

    public int HostRegisterPortable(nint address, nuint bytes)
    {
        lock (_lock)
        {
            if (Start("cudaHostRegister") is not 0 and var code)
            {
                return code;
            }

            _registered.Add(address, bytes);
            return 0;
        }
    }

    public int HostUnregister(nint address)
    {
        lock (_lock)
        {
            if (Enter("cudaHostUnregister") is not 0 and var code)
            {
                return code;
            }

            if (!_registered.Remove(address, out var bytes))
            {
                return Violation($"cudaHostUnregister of {address:x}, which is not registered", HostMemoryNotRegistered);
            }

            if (PendingOn(address, bytes))
            {
                Violations.Add($"cudaHostUnregister of {address:x} under a pending copy");
            }

            return 0;
        }
    }

    public int PointerGetAttributes(nint address, out CudaMemoryType type, out int device)
    {
        lock (_lock)
        {
            device = _current.Value;
            type = Contains(_deviceMemory, address) ? CudaMemoryType.Device
                : Contains(_hostAllocated, address) || (Contains(_registered, address) && !RegisterWithoutPinning) ? CudaMemoryType.Host
                : CudaMemoryType.Unregistered;
            return Enter("cudaPointerGetAttributes");
        }
    }

    public int DriverGetVersion(out int version)
    {
        version = 13010;
        return Enter("cudaDriverGetVersion");
    }

    public int RuntimeGetVersion(out int version)
    {
        version = 12080;
        return Enter("cudaRuntimeGetVersion");
    }

    public int ProfilerStart() => Enter("cudaProfilerStart");

    public int ProfilerStop() => Enter("cudaProfilerStop");

    public int GetLastError()
    {
        var code = _lastError.Value;
        _lastError.Value = 0;
        return code;
    }

    /// <summary>The error that libtorch would find on this thread.</summary>
    public int PeekAtLastError() => _lastError.Value;

    public string GetErrorName(int code) => $"cudaErrorNumber{code}";

    public string GetErrorString(int code) => $"text of {code}";

    public void Dispose()
    {
        foreach (var address in _deviceMemory.Keys.Concat(_hostAllocated.Keys))
        {
            NativeMemory.Free((void*)address);
        }

        _current.Dispose();
        _lastError.Dispose();
    }

    private static bool Contains(Dictionary<nint, nuint> ranges, nint address) =>
        ranges.Any(range => address >= range.Key && (nuint)(address - range.Key) < range.Value);

    /// <summary>A call that starts CUDA on the current device.</summary>
    private int Start(string call)
    {
        StartedDevices.Add(_current.Value);
        return Enter(call);
    }

    /// <summary>Counts the call and returns the failure that the test has planted.</summary>
    private int Enter(string call)
    {
        lock (_lock)
        {
            var number = _calls.GetValueOrDefault(call);
            _calls[call] = number + 1;
            var failure = _failures.Find(planned => planned.Call == call && number >= planned.First && number < planned.End);
            return failure is null ? 0 : Error(failure.Code);
        }
    }

    private int Error(int code)
    {
        _lastError.Value = code;
        return code;
    }

    private int Violation(string text, int code)
    {
        Violations.Add(text);
        return Error(code);
    }

    private sealed record Failure(string Call, int Code, int First, int End);
}
