using System.Runtime.InteropServices;

namespace Egress.Devices.Cuda;

/// <summary>
/// A pointer that CUDA gave out and takes back. Nothing here outlives something else's handle: streams, events and memory
/// belong to the device's primary context, which lives as long as the process. What the handle adds is that a call under way
/// keeps it open, and that one forgotten is still given back.
/// </summary>
internal abstract class CudaHandle : SafeHandle
{
    protected CudaHandle(CudaRuntime cuda, nint value, bool owned)
        : base(invalidHandleValue: -1, owned)
    {
        Cuda = cuda;
        SetHandle(value);
    }

    // 0 is the default stream.
    public override bool IsInvalid => handle == -1;

    protected CudaRuntime Cuda { get; }

    /// <summary>The pointer, kept open until the loan is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The handle was closed.</exception>
    public Loan Borrow() => new(this);

    internal readonly ref struct Loan
    {
        private readonly CudaHandle _owner;

        public Loan(CudaHandle owner)
        {
            var taken = false;
            owner.DangerousAddRef(ref taken);
            _owner = owner;
        }

        public nint Value => _owner.handle;

        public void Dispose() => _owner.DangerousRelease();
    }
}

internal sealed class CudaStreamHandle : CudaHandle
{
    private CudaStreamHandle(CudaRuntime cuda, nint value, bool owned)
        : base(cuda, value, owned)
    {
    }

    /// <summary>The legacy default stream of whatever device is current; libtorch computes there. Nobody owns it.</summary>
    public static CudaStreamHandle Default(CudaRuntime cuda) => new(cuda, 0, owned: false);

    /// <summary>Creates a stream on the current device that does not wait for the default stream.</summary>
    public static CudaStreamHandle Create(CudaRuntime cuda) => new(cuda, cuda.StreamCreate(), owned: true);

    protected override bool ReleaseHandle()
    {
        Cuda.StreamDestroy(handle);
        return true;
    }
}

internal sealed class CudaEventHandle : CudaHandle
{
    private CudaEventHandle(CudaRuntime cuda, nint value)
        : base(cuda, value, owned: true)
    {
    }

    /// <summary>Creates an event on the current device.</summary>
    public static CudaEventHandle Create(CudaRuntime cuda, CudaEventFlags flags) => new(cuda, cuda.EventCreate(flags));

    protected override bool ReleaseHandle()
    {
        Cuda.EventDestroy(handle);
        return true;
    }
}

internal sealed class CudaMemoryHandle : CudaHandle
{
    private CudaMemoryHandle(CudaRuntime cuda, nint value)
        : base(cuda, value, owned: true)
    {
    }

    /// <summary>Allocates memory on the current device.</summary>
    public static CudaMemoryHandle Create(CudaRuntime cuda, long bytes) => new(cuda, cuda.Malloc(bytes));

    protected override bool ReleaseHandle()
    {
        Cuda.Free(handle);
        return true;
    }
}
