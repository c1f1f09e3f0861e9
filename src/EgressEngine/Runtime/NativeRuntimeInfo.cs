namespace Egress.Runtime;

/// <summary>What was loaded to run models.</summary>
public sealed record NativeRuntimeInfo
{
    /// <summary>Full path of the folder that libtorch was loaded from.</summary>
    public required string LibtorchFolder { get; init; }

    /// <summary>Who chose that folder.</summary>
    public required LibtorchOrigin Origin { get; init; }

    /// <summary>The version that libtorch itself reports, or null for one that reports none (before 2.8).</summary>
    public required Version? LibtorchVersion { get; init; }

    /// <summary>
    /// Whether libtorch's CUDA part is loaded. It loads on a machine without a GPU too: this says nothing about devices.
    /// </summary>
    public required bool HasCuda { get; init; }

    /// <summary>Why the CUDA part, which the folder holds, did not load; null where it loaded or is not there.</summary>
    public string? CudaLoadError { get; init; }

    /// <summary>
    /// Full path of the CUDA runtime library in this process, the one that libtorch uses; null where there is none.
    /// </summary>
    public string? CudaRuntimePath { get; init; }
}
