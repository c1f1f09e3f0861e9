namespace Egress.Devices;

/// <summary>A device that runs can use, and what of this machine and installation is behind it.</summary>
public sealed class EgressDeviceInfo
{
    /// <summary>The name for <c>-Device</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What kind of device it is.</summary>
    public required DeviceKind Kind { get; init; }

    /// <summary>The product's name.</summary>
    public required string Description { get; init; }

    /// <summary>Whether runs on it can start.</summary>
    public required bool IsUsable { get; init; }

    /// <summary>Why not; null where they can.</summary>
    public string? Reason { get; init; }

    /// <summary>Its memory in bytes.</summary>
    public long? TotalMemoryBytes { get; init; }

    /// <summary>What of its memory is free, in bytes.</summary>
    public long? FreeMemoryBytes { get; init; }

    /// <summary>libtorch's version; null where none is used or it does not tell.</summary>
    public string? LibtorchVersion { get; init; }

    /// <summary>The folder that libtorch was loaded from.</summary>
    public string? LibtorchFolder { get; init; }

    /// <summary>Who chose that folder: the environment or the module.</summary>
    public string? LibtorchOrigin { get; init; }

    /// <summary>The newest CUDA version that the driver supports; null on other devices.</summary>
    public string? CudaDriverVersion { get; init; }

    /// <summary>The version of the CUDA runtime in this process.</summary>
    public string? CudaRuntimeVersion { get; init; }

    /// <summary>Where the CUDA runtime was loaded from.</summary>
    public string? CudaRuntimePath { get; init; }

    /// <summary>
    /// Where the library was loaded from through which the stages show in Nsight Systems; null where there is none, and then they do
    /// not show.
    /// </summary>
    public string? NvtxPath { get; init; }

    /// <summary>What the GPU's processors can do, as NVIDIA numbers it.</summary>
    public string? ComputeCapability { get; init; }
}
