namespace Egress.Devices.Cuda;

/// <summary>The codes that the CUDA runtime and driver return and that mean something to the engine of their own.</summary>
internal static class CudaError
{
    public const int Success = 0;
    public const int MemoryAllocation = 2;
    public const int InsufficientDriver = 35;
    public const int DevicesUnavailable = 46;
    public const int NoDevice = 100;
    public const int InvalidDevice = 101;
    public const int NotReady = 600;
    public const int Assert = 710;

    /// <summary>
    /// Whether the error says that the device's state is lost: every later call of this process returns it again.
    /// </summary>
    public static bool IsSticky(int code) => code is
        214 // uncorrectable ECC error
        or 220 // uncorrectable NVLink error
        or 226 // error contained on the device
        or 700 // illegal address
        or 702 // launch timeout
        or Assert
        or (>= 714 and <= 719) // hardware stack, illegal instruction, misaligned or invalid address, program counter, launch
        or 721; // tensor memory leak
}

/// <summary>Which way <c>cudaMemcpyAsync</c> copies (<c>cudaMemcpyKind</c>).</summary>
internal enum CudaCopyKind
{
    HostToDevice = 1,
    DeviceToHost = 2,
}

/// <summary>What the CUDA runtime takes an address for (<c>cudaMemoryType</c>).</summary>
internal enum CudaMemoryType
{
    /// <summary>Host memory that the driver does not know: pageable.</summary>
    Unregistered = 0,

    /// <summary>Host memory that is page-locked and mapped: pinned.</summary>
    Host = 1,

    Device = 2,
    Managed = 3,
}

/// <summary>Flags of <c>cudaEventCreateWithFlags</c>.</summary>
[Flags]
internal enum CudaEventFlags
{
    None = 0,

    /// <summary>A thread that waits for the event sleeps instead of spinning.</summary>
    BlockingSync = 1,

    /// <summary>The event carries no time, which makes recording it cheaper.</summary>
    DisableTiming = 2,
}
